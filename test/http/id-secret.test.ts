import assert from 'node:assert/strict';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { openApplication } from '../../src/compose/application.ts';
import { readConfig } from '../../src/config/config.ts';
import { openPg } from '../../src/datasources/db/pg.ts';
import { leadKey } from '../../src/domain/lead.ts';
import { anActivity } from '../support/activities.ts';
import { serverUrl } from '../support/databases.ts';
import { unkeyed } from '../support/id-space.ts';
import { freshDatabase } from '../support/postgres.ts';
import { temporaryDirectory } from '../support/temp.ts';

const signal = new AbortController().signal;
const identity = { kind: 'known', externalId: 'ann@x.example' } as const;
const SECRET = 'a-secret-that-an-operator-has-chosen';

type Environment = Readonly<Record<string, string>>;
const opened = (env: Environment) => openApplication(readConfig({ DEMO: 'false', ...env }));

/** Opens the installation, records one activity of Ann's, and gives her key and how many activities she has then. */
async function visit(env: Environment, messageId: string): Promise<{ key: string; activities: number }> {
  const application = await opened(env);
  try {
    const tenant = application.tenantOf('acme');
    const activity = anActivity(tenant.idSpace, { messageId, externalId: identity.externalId });
    const [verdict] = await application.writer.writeActivities(tenant, [activity], signal);
    assert.equal(verdict?.status, 'stored');
    const key = leadKey(tenant.idSpace, identity);
    const [page] = await application.store.timelines(
      tenant,
      [{ leadKey: key, first: 10, after: null, types: null, from: null, to: null, details: true }],
      signal,
    );
    return { key, activities: page?.activities.length ?? 0 };
  } finally {
    await application.close();
  }
}

describe('the secret that ids are derived from, embedded', () => {
  test('is kept beside the log, for its owner alone, and a database rebuilt from the log has the same ids', async () => {
    const { path: DATA_DIR, remove } = await temporaryDirectory();
    try {
      const first = await visit({ DATA_DIR }, 'm-1');
      const file = join(DATA_DIR, 'log', 'ids.key');
      assert.equal((await stat(file)).mode & 0o777, 0o600);
      assert.ok((await readFile(file, 'utf8')).trim().length >= 43);
      await rm(join(DATA_DIR, 'db'), { recursive: true });
      const second = await visit({ DATA_DIR }, 'm-2');
      assert.deepEqual(second, { key: first.key, activities: 2 });
    } finally {
      await remove();
    }
  });

  test('is found in the database when it is lost beside the log', async () => {
    const { path: DATA_DIR, remove } = await temporaryDirectory();
    try {
      const first = await visit({ DATA_DIR }, 'm-1');
      const file = join(DATA_DIR, 'log', 'ids.key');
      const before = await readFile(file, 'utf8');
      await rm(file);
      assert.equal((await visit({ DATA_DIR }, 'm-2')).key, first.key);
      assert.equal(await readFile(file, 'utf8'), before);
    } finally {
      await remove();
    }
  });

  test('of another installation beside the log stops the start', async () => {
    const { path: DATA_DIR, remove } = await temporaryDirectory();
    try {
      await visit({ DATA_DIR }, 'm-1');
      await writeFile(join(DATA_DIR, 'log', 'ids.key'), SECRET);
      await assert.rejects(opened({ DATA_DIR }), /two installations/);
    } finally {
      await remove();
    }
  });

  test('is what ID_SECRET says at the first start, and another is refused later', async () => {
    const { path: DATA_DIR, remove } = await temporaryDirectory();
    try {
      const { key } = await visit({ DATA_DIR, ID_SECRET: SECRET }, 'm-1');
      assert.equal((await visit({ DATA_DIR }, 'm-2')).key, key);
      await assert.rejects(opened({ DATA_DIR, ID_SECRET: `${SECRET}-2` }), {
        code: 'BAD_USER_INPUT',
        field: 'ID_SECRET',
      });
    } finally {
      await remove();
    }
  });

  test('an installation from before there were secrets keeps its ids, rebuilt from its log too', async () => {
    const { path: DATA_DIR, remove } = await temporaryDirectory();
    try {
      const dir = join(DATA_DIR, 'log');
      const { openFileLog } = await import('../../src/datasources/activity-log/file/adapter.ts');
      const { verifyTenant } = await import('../../src/domain/tenant.ts');
      const log = await openFileLog({ dir });
      const old = anActivity('acme', { messageId: 'old', externalId: identity.externalId });
      await log.append(verifyTenant('acme'), [{ kind: 'activity', activity: old }], signal);
      await log.close();
      const visited = await visit({ DATA_DIR }, 'm-1');
      assert.deepEqual(visited, { key: leadKey(unkeyed('acme'), identity), activities: 2 });
      await rm(join(DATA_DIR, 'db'), { recursive: true });
      assert.equal((await visit({ DATA_DIR }, 'm-2')).activities, 3);
      await assert.rejects(opened({ DATA_DIR, ID_SECRET: SECRET }), { code: 'BAD_USER_INPUT' });
    } finally {
      await remove();
    }
  });
});

describe('the secret that ids are derived from, postgres', () => {
  const fresh = async () => ({ PROFILE: 'postgres', DATABASE_URL: await freshDatabase(await serverUrl()) });

  test('is one for all processes that start at once', async () => {
    const env = await fresh();
    const directories = await Promise.all([1, 2, 3].map(() => temporaryDirectory()));
    const applications = await Promise.all(directories.map(({ path }) => opened({ ...env, DATA_DIR: path })));
    try {
      const spaces = new Set(applications.map(({ tenantOf }) => tenantOf('acme').idSpace));
      assert.equal(spaces.size, 1);
      assert.ok(!spaces.has(unkeyed('acme')));
    } finally {
      await Promise.all(applications.map((application) => application.close()));
      await Promise.all(directories.map(({ remove }) => remove()));
    }
  });

  test('a database that had activities before there were secrets keeps its ids', async () => {
    const env = await fresh();
    const { path: DATA_DIR, remove } = await temporaryDirectory();
    const { installationMigrations } = await import('../../src/datasources/db/installation.ts');
    const { migrations } = await import('../../src/compose/migrations.ts');
    const { migrate } = await import('../../src/datasources/db/migrate.ts');
    const db = openPg({ url: env.DATABASE_URL, connections: 1, statementTimeoutMs: 60_000 });
    try {
      await migrate(
        db,
        migrations.filter((migration) => !installationMigrations.includes(migration)),
      );
      await db.query(`INSERT INTO activity_log (partition, log_offset, record) VALUES (99, 0, '')`, []);
    } finally {
      await db.close();
    }
    try {
      assert.equal((await visit({ ...env, DATA_DIR }, 'm-1')).key, leadKey(unkeyed('acme'), identity));
    } finally {
      await remove();
    }
  });
});
