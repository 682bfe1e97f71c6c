// One process of the group that settles what was accepted, over the stores that the test says:
// arguments are the Kafka configuration as JSON, PostgreSQL's url, and the schema for claims in Phoenix or ''.
import { writeSync } from 'node:fs';
import { openUniqueStage } from './unique-stage.ts';

const [config = '{}', url = '', schema = ''] = process.argv.slice(2);
const stage = await openUniqueStage(JSON.parse(config), url, schema, (error) => {
  writeSync(2, `${String(error)} ${String((error as Error).cause ?? '')}\n`);
});
writeSync(1, 'running\n');
process.once('SIGTERM', async () => {
  await stage.close();
  writeSync(1, 'closed\n');
  process.exit(0);
});
