import { describe } from 'node:test';
import { openKafkaLog } from '../../src/datasources/activity-log/kafka.ts';
import { engineSkip } from '../support/engines.ts';
import { kafkaTopics } from '../support/kafka.ts';
import { activityLogContract } from './activity-log.ts';

describe('activity log in Kafka', { skip: engineSkip('kafka') }, () => {
  activityLogContract('kafka adapter, one partition', async () => {
    const { kafka, remove } = await kafkaTopics(1);
    const log = openKafkaLog(kafka);
    return {
      log,
      async close() {
        await log.close();
        await remove();
      },
    };
  });
});
