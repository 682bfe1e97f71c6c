import assert from 'node:assert/strict';
import { glob, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '../../..');

/**
 * Every folder of `src`, in the order of imports: a file imports from its own folder and from folders above it in this
 * list, from no other. A new folder takes the lowest place that its imports allow. A file that puts together the folders
 * beside it has a place of its own.
 */
const FOLDERS = `
lib
domain
domain/email
domain/personal
domain/text
domain/time
domain/campaigns
domain/campaigns/validation
observability
datasources
datasources/db
datasources/phoenix
datasources/activity-log
datasources/claims
datasources/activity-log/file
datasources/activity-log/postgres
datasources/activity-log/kafka
datasources/activity-store
datasources/activity-search
datasources/activity-search/postgres
datasources/activity-search/solr/cluster
datasources/activity-search/solr
datasources/activity-search/solr/index
datasources/activity-store/postgres
datasources/activity-store/phoenix/tables
datasources/activity-store/phoenix
datasources/activity-store/phoenix/documents
datasources/activity-metrics
datasources/activity-metrics/postgres
datasources/activity-metrics/druid
datasources/activity-metrics/druid/personal
datasources/activity-metrics/druid/recount
datasources/failed-activities
datasources/failed-activities/postgres
datasources/failed-activities/phoenix
datasources/erasures
datasources/erasures/postgres
datasources/erasures/phoenix
datasources/directory
datasources/smart-campaigns
datasources/smart-campaigns/kafka
datasources/smart-campaigns/postgres
datasources/smart-campaigns/phoenix
datasources/lists
datasources/lists/postgres
datasources/lists/phoenix
datasources/campaign-runs
datasources/campaign-runs/postgres
datasources/campaign-runs/phoenix
datasources/mail-transport
datasources/mail-transport/file
config
auth
ingest/draft
ingest/steps/data
ingest/steps
ingest/write
ingest/write/parallel
ingest/door
campaigns/actions
campaigns
ingest/dialects/marketo
ingest/dialects/segment
followers/kafka-group
followers
import/model
import/read
import/values
import/plan
import/deliver
import
services
services/activities
services/search
services/figures
services/privacy
services/smart-campaigns/reading
services/smart-campaigns
resolvers
resolvers/activities
resolvers/search
resolvers/analytics
resolvers/ingestion
resolvers/privacy
resolvers/campaigns
resolvers/all.ts
gateway/limits
gateway/graphql
gateway/compiled
gateway/graphiql
gateway/http
gateway/router
gateway
gateway/segment
gateway/marketo
compose/installation
compose/cluster
compose
demo
cli
.
`
  .trim()
  .split('\n');

/** So many files can still be seen at once. */
const MAX_FILES = 17;

type Source = { readonly text: string; readonly imports: readonly string[] };

async function sources(folder = 'src'): Promise<Map<string, Source>> {
  const files = new Map<string, Source>();
  for await (const file of glob(`${folder}/**/*.{ts,tsx}`, { cwd: root })) {
    const text = await readFile(join(root, file), 'utf8');
    const imports = [...text.matchAll(/(?:from|import|import\()\s*'(\.[^']+)'/g)].map(([, path]) =>
      relative(root, join(root, dirname(file), path ?? '')),
    );
    files.set(file, { text, imports });
  }
  assert.ok(files.size > 10);
  return files;
}

/** The folders of each package, in the order of imports, like `FOLDERS`. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  'packages/avatica/src': ['protocol', 'transport', 'session', '.'],
};

const folderOf = (file: string): string => {
  const path = relative('src', file);
  return FOLDERS.includes(path) ? path : dirname(path);
};

test('imports go one way: up the list of folders', async () => {
  const against: string[] = [];
  for (const [file, { imports }] of await sources()) {
    const own = FOLDERS.indexOf(folderOf(file));
    assert.notEqual(own, -1, `${folderOf(file)} is not in the list of folders`);
    for (const path of imports.filter((name) => name.startsWith('src/')))
      if (FOLDERS.indexOf(folderOf(path)) > own) against.push(`${file} imports ${path}`);
  }
  assert.deepEqual(against, []);
});

test('a package imports nothing of the product, and its folders one way', async () => {
  for (const [base, folders] of Object.entries(PACKAGES))
    for (const [file, { imports }] of await sources(base)) {
      const own = folders.indexOf(relative(base, dirname(file)) || '.');
      assert.notEqual(own, -1, `${file} is in no folder of the list`);
      for (const path of imports) {
        const other = folders.indexOf(relative(base, dirname(path)) || '.');
        assert.ok(other !== -1 && other <= own, `${file} imports ${path}`);
      }
    }
});

test('every folder of the list is there, and can be seen at once', async () => {
  const counts = new Map<string, number>();
  for (const file of (await sources()).keys())
    counts.set(folderOf(file), (counts.get(folderOf(file)) ?? 0) + 1);
  for (const folder of FOLDERS) {
    const count = counts.get(folder) ?? 0;
    assert.ok(count > 0 && count <= MAX_FILES, `${folder} has ${count} files`);
  }
});

test('only compose and commands pick adapters; resolvers and services know ports', async () => {
  const adapter = /^src\/datasources\/[\w-]+\/(?:\w+\/adapter|(?:postgres|phoenix))\.ts$/;
  for (const [file, { imports }] of await sources())
    if (!file.startsWith('src/compose/'))
      for (const path of imports) assert.ok(!adapter.test(path), `${file} imports ${path}`);
});

test('no statement and no fault of a database is known below ingest: adapters say what they refuse', async () => {
  for (const [file, { imports }] of await sources())
    if (file.startsWith('src/ingest/'))
      for (const path of imports)
        assert.ok(!path.startsWith('src/datasources/db/'), `${file} imports ${path}`);
});

test('tenants are made by authentication, the log and the operator alone', async () => {
  const allowed =
    /^src\/(?:auth\/|domain\/tenant\.ts|ingest\/write\/by-tenant\.ts|datasources\/activity-log\/|compose\/\w+\.ts|cli\/)/;
  for (const [file, { text }] of await sources())
    if (/\b(?:verifyTenant|createTenants)\b/.test(text))
      assert.ok(allowed.test(file), `${file} makes a tenant`);
});

test('resolvers and routes reach stores through services', async () => {
  for (const [file, { imports }] of await sources())
    if (/^src\/(?:resolvers|gateway)\//.test(file))
      for (const path of imports) assert.ok(!path.startsWith('src/datasources/'), `${file} imports ${path}`);
});

test('only services and authentication decide about personal data', async () => {
  const mechanism = /^src\/auth\/(?:privacy|pii)\.ts$/;
  for (const [file, { imports }] of await sources())
    if (!/^src\/(?:auth|services)\//.test(file))
      for (const path of imports) assert.ok(!mechanism.test(path), `${file} imports ${path}`);
});

test('errors of services and adapters name a field, not an argument of GraphQL', async () => {
  const argument = /['"`](?:input|query)(?:\.|\[\$\{)/;
  for (const [file, { text }] of await sources())
    if (/^src\/(?:domain|datasources|ingest|services)\//.test(file))
      assert.ok(!argument.test(text), `${file} names an argument of GraphQL`);
});

test('the environment is read at the entries alone', async () => {
  for (const [file, { text }] of await sources())
    if (/process\.env\b(?!\.NODE_ENV)/.test(text))
      assert.ok(/^src\/(?:main|cli\/\w+)\.ts$/.test(file), `${file} reads the environment`);
});
