import { openFileLog } from '../../src/datasources/activity-log/file/adapter.ts';
import { createPostgresLog } from '../../src/datasources/activity-log/postgres/adapter.ts';
import { drivers } from '../support/databases.ts';
import { temporaryDirectory } from '../support/temp.ts';
import { activityLogContract } from './activity-log.ts';

activityLogContract('file adapter', async () => {
  const directory = await temporaryDirectory();
  // Small segments, so that the suite goes over several.
  const log = await openFileLog({ dir: directory.path, segmentBytes: 16 * 1024 });
  return {
    log,
    async close() {
      await log.close();
      await directory.remove();
    },
  };
});

for (const driver of drivers)
  activityLogContract(`postgres adapter on ${driver.name}`, async () => {
    const db = await driver.open();
    return { log: createPostgresLog(db), close: () => db.close() };
  });
