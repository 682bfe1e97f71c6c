// One process of the groups between the log and the unique log: arguments are the Kafka configuration as JSON, and
// the schema in Phoenix.
import { writeSync } from 'node:fs';
import { openSettleStage } from './settle-stage.ts';

const [config = '{}', schema = ''] = process.argv.slice(2);
const stage = await openSettleStage(JSON.parse(config), schema, (error) => {
  writeSync(2, `${String(error)} ${String((error as Error).cause ?? '')}\n`);
});
writeSync(1, 'running\n');
process.once('SIGTERM', async () => {
  await stage.close();
  writeSync(1, 'closed\n');
  process.exit(0);
});
