// One process of a consumer group: prints a line for every record that it has handled, so that the test knows it
// even of a process that is killed. Arguments: the Kafka configuration as JSON, the follower's name,
// milliseconds a batch.
import { writeSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { activitiesTopic } from '../../src/datasources/activity-log/kafka/config.ts';
import { runFollower } from '../../src/followers/kafka-group/run-follower.ts';

const [config = '{}', name = '', delay = '0'] = process.argv.slice(2);
const consumer = await runFollower(
  {
    name,
    topic: activitiesTopic,
    maxBatch: 20,
    async handle(batch) {
      writeSync(1, `batch ${batch[0]?.position.partition} ${batch[0]?.position.offset}\n`);
      await setTimeout(Number(delay));
      writeSync(1, batch.map(({ position }) => `done ${position.partition} ${position.offset}\n`).join(''));
    },
  },
  {
    kafka: JSON.parse(config),
    onError(error) {
      writeSync(2, `${String(error)}\n`);
    },
  },
);
process.once('SIGTERM', async () => {
  await consumer.close();
  writeSync(1, 'closed\n');
  process.exit(0);
});
