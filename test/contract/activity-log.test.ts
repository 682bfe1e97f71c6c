import { openFileLog } from '../../src/datasources/activity-log/file/adapter.ts';
import { createPostgresLog } from '../../src/datasources/activity-log/postgres/adapter.ts';
import { drivers } from '../support/databases.ts';
import { temporaryDirectory } from '../support/temp.ts';
import { activityLogContract } from './activity-log.ts';
import { personalLogContract } from './personal-data.ts';

const openFiles = async () => {
  const directory = await temporaryDirectory();
  // Small segments, so that the suite goes over several.
  const log = await openFileLog({ dir: directory.path, segmentBytes: 16 * 1024 });
  return {
    log,
    port: log,
    async close() {
      await log.close();
      await directory.remove();
    },
  };
};
activityLogContract('file adapter', openFiles);
personalLogContract('file adapter', openFiles);

for (const driver of drivers) {
  const open = async () => {
    const db = await driver.open();
    const log = createPostgresLog(db);
    return { log, port: log, close: () => db.close() };
  };
  activityLogContract(`postgres adapter on ${driver.name}`, open);
  personalLogContract(`postgres adapter on ${driver.name}`, open);
}
