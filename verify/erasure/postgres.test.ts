import { join } from 'node:path';
import pg from 'pg';
import { freshDatabase, startPostgres } from '../../test/support/postgres.ts';
import { erasureSuite } from './suite.ts';

erasureSuite({
  name: 'postgres',
  async open(scratch) {
    // Files of the write-ahead log that are no longer needed are removed, not kept with their bytes for later.
    const server = await startPostgres({ settings: ['-c', 'wal_recycle=off'] });
    const url = await freshDatabase(server.url);
    return {
      env: { PROFILE: 'postgres', DATABASE_URL: url },
      directories: [join(scratch, 'data'), server.data],
      async flush() {
        const client = new pg.Client({ connectionString: url });
        await client.connect();
        for (const statement of ['CHECKPOINT', 'SELECT pg_switch_wal()', 'CHECKPOINT'])
          await client.query(statement);
        await client.end();
      },
      close: () => server.stop(),
    };
  },
});
