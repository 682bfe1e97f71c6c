import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { directoryOn } from '../../../src/auth/directory.ts';
import { createPostgresDirectory } from '../../../src/datasources/directory/postgres.ts';
import { isDemoWanted, madeByDemo } from '../../../src/demo/seed.ts';
import { drivers } from '../../support/databases.ts';
import { temporaryDirectory } from '../../support/temp.ts';

for (const { name, open } of drivers)
  describe(`whose tokens the demo prints, on ${name}`, () => {
    const fresh = async (t: { after(done: () => Promise<unknown>): void }) => {
      const [db, home] = await Promise.all([open(), temporaryDirectory()]);
      t.after(() => Promise.all([db.close(), home.remove()]));
      const directory = directoryOn(createPostgresDirectory(db));
      const madeIds = async () => (await madeByDemo(directory, home.path)).map(({ id }) => id);
      const wanted = (said: boolean | undefined, profile: string) =>
        isDemoWanted(said, profile, directory, home.path);
      return { directory, home, madeIds, wanted };
    };

    test("a tenant of one's own that has a demo tenant's name is none of them", async (t) => {
      const { directory, madeIds, wanted } = await fresh(t);
      await directory.createTenant('acme', 'Acme, a customer');
      await directory.createTenant('globex', 'Globex Industries', { isDemo: true });
      assert.deepEqual(await madeIds(), ['globex']);
      // Making it again as one does not make it one.
      await directory.createTenant('acme', 'Acme Corporation', { isDemo: true });
      assert.deepEqual(await madeIds(), ['globex']);
      assert.equal(await wanted(undefined, 'embedded'), false);
    });

    test('a newcomer sees it on embedded; another profile, and whoever has a tenant, only when they ask', async (t) => {
      const { directory, wanted } = await fresh(t);
      assert.equal(await wanted(undefined, 'embedded'), true);
      for (const profile of ['postgres', 'cluster']) {
        assert.equal(await wanted(undefined, profile), false);
        assert.equal(await wanted(true, profile), true);
      }
      await directory.createTenant('acme', 'Acme', { isDemo: true });
      assert.equal(await wanted(undefined, 'embedded'), true);
      await directory.createTenant('shop', 'Shop');
      assert.equal(await wanted(undefined, 'embedded'), false);
      assert.equal(await wanted(true, 'embedded'), true);
      assert.equal(await wanted(false, 'embedded'), false);
    });

    test("a demo's tenant of an older version is known by the demo's own write key", async (t) => {
      const { directory, home, madeIds } = await fresh(t);
      for (const id of ['acme', 'globex']) await directory.createTenant(id, id);
      const key = await directory.createKey({ tenantId: 'acme', kind: 'write', scopes: [], name: 'demo' });
      await writeFile(join(home.path, 'demo-write-key-acme'), key);
      await writeFile(join(home.path, 'demo-write-key-globex'), key);
      assert.deepEqual(await madeIds(), ['acme']);
    });
  });
