import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { openSqlBackend } from '../../src/compose/sql.ts';
import { readCommandConfig } from '../../src/config/config.ts';
import { WORDS_VERSION } from '../../src/datasources/activity-search/activity-texts.ts';
import { createPostgresSearch } from '../../src/datasources/activity-search/postgres/adapter.ts';
import { activityVector, leadVector } from '../../src/datasources/activity-search/postgres/vector.ts';
import { createPostgresStore } from '../../src/datasources/activity-store/postgres/adapter.ts';
import { hasCurrentWords, reindexRows } from '../../src/datasources/activity-store/postgres/reindex.ts';
import type { Db } from '../../src/datasources/db/db.ts';
import { openPg } from '../../src/datasources/db/pg.ts';
import { openPglite } from '../../src/datasources/db/pglite.ts';
import type { LeadUpdate } from '../../src/domain/lead.ts';
import { verifyTenant } from '../../src/domain/tenant.ts';
import { anActivity } from '../support/activities.ts';
import { drivers, serverUrl } from '../support/databases.ts';
import { freshDatabase } from '../support/postgres.ts';
import { temporaryDirectory } from '../support/temp.ts';

const signal = new AbortController().signal;
const tenants = ['acme', 'globex'].map((id) => verifyTenant(id));
/** More than two batches. */
const PEOPLE = 230;
const TYPE = {
  name: 'Attend Talk',
  category: 'CUSTOM',
  description: '',
  attributes: [
    { name: 'room', dataType: 'STRING', description: '', required: false, pii: false },
    { name: 'badge', dataType: 'STRING', description: '', required: false, pii: true },
  ],
  conversion: false,
} as const;

const update = (externalId: string, phone: string, at: number): LeadUpdate => ({
  identity: { kind: 'known', externalId },
  email: null,
  traits: { phone },
  links: [],
  at,
});

/** What an older program left: other words, and personal ones where everybody searches. */
const AGE = `
UPDATE activities SET search = '''oldword'':1A ''secretbadge'':2A';
UPDATE leads SET search = '''oldword'':1A ''secretphone'':2A';
UPDATE search_version SET version = 0;`;

for (const driver of drivers)
  describe(`a rebuild of the search vectors on ${driver.name}`, () => {
    let db: Db;
    before(async () => {
      db = await driver.open();
      const store = createPostgresStore(db, []);
      for (const tenant of tenants) {
        await store.defineType(tenant, TYPE, signal);
        const people = Array.from({ length: PEOPLE }, (_, n) => `person-${n}`);
        await store.write(
          tenant,
          people.map((externalId) =>
            anActivity(tenant.id, {
              externalId,
              type: 'Attend Talk',
              attributes: { room: 'aula', badge: 'secretbadge' },
            }),
          ),
          signal,
        );
        await store.updateLeads(
          tenant,
          people.map((externalId) => update(externalId, 'secretphone', 1_000)),
          signal,
        );
      }
    });
    after(() => db.close());

    const found = async (kind: 'searchActivities' | 'searchLeads', word: string, pii: boolean) => {
      const totals = await Promise.all(
        tenants.map(async (tenant) => {
          const query = { op: 'word', token: word } as const;
          const request = {
            query,
            filter: null,
            first: 0,
            after: null,
            total: 'exact',
            highlight: false,
            pii,
          };
          const search = createPostgresSearch(db)[kind] as (
            ...args: readonly unknown[]
          ) => Promise<{ total: { value: number } }>;
          return (await search(tenant, { ...request, sort: 'NEWEST', facets: [] }, signal)).total.value;
        }),
      );
      return totals;
    };
    const all = [PEOPLE, PEOPLE];
    const none = [0, 0];

    test('finds rows by the words of this program, and what is personal with leads:pii only', async () => {
      await db.exec(AGE);
      assert.equal(await hasCurrentWords(db), false);
      assert.deepEqual(await found('searchActivities', 'secretbadge', false), all, 'the old index leaks');
      const progress: { done: number; total: number }[] = [];
      await reindexRows(db, { onProgress: (now) => progress.push(now) }, signal);
      assert.deepEqual(progress.at(-1), { done: 4 * PEOPLE, total: 4 * PEOPLE });
      assert.equal(await hasCurrentWords(db), true);
      for (const [kind, word, pii, expected] of [
        ['searchActivities', 'oldword', true, none],
        ['searchActivities', 'aula', false, all],
        ['searchActivities', 'secretbadge', false, none],
        ['searchActivities', 'secretbadge', true, all],
        ['searchLeads', 'oldword', true, none],
        ['searchLeads', 'secretphone', false, none],
        ['searchLeads', 'secretphone', true, all],
        ['searchLeads', 'person', false, all],
      ] as const)
        assert.deepEqual(await found(kind, word, pii), expected, `${kind} ${word} ${pii}`);
    });

    test('keeps what is written meanwhile', async () => {
      await db.exec(AGE);
      const store = createPostgresStore(db, []);
      const [tenant] = tenants;
      assert.ok(tenant);
      let isDone = false;
      const rebuilt = reindexRows(db, { onProgress: () => {} }, signal).finally(() => {
        isDone = true;
      });
      let rounds = 0;
      for (; !isDone || rounds < 3; rounds += 1)
        await store.updateLeads(
          tenant,
          Array.from({ length: 40 }, (_, n) =>
            update(`person-${(n * 7 + rounds) % PEOPLE}`, `round${rounds}`, 2_000 + rounds),
          ),
          signal,
        );
      await rebuilt;
      const leads = await db.query<{
        identity: string;
        email: string | null;
        traits: Record<string, { v: string }>;
        search: string;
      }>('SELECT identity, email, traits, search::text FROM leads');
      assert.equal(leads.length, 2 * PEOPLE);
      const expected = await db.query<{ search: string }>(
        'SELECT v::tsvector::text AS search FROM unnest($1::text[]) WITH ORDINALITY AS t(v, n) ORDER BY n',
        [
          leads.map(({ identity, email, traits }) =>
            leadVector({ identity, email, traits: { phone: traits['phone']?.v ?? null } }),
          ),
        ],
      );
      assert.deepEqual(
        leads.map(({ search }) => search),
        expected.map(({ search }) => search),
      );
    });
  });

for (const profile of ['embedded', 'postgres'] as const)
  test(`npm run reindex on ${profile}, named by the start that needs it`, async () => {
    const directory = await temporaryDirectory();
    const dataDir = join(directory.path, 'data');
    const url = profile === 'postgres' ? await freshDatabase(await serverUrl()) : '';
    const env = { PROFILE: profile, DATA_DIR: dataDir, ...(url && { DATABASE_URL: url }) };
    const { storage } = readCommandConfig(env);
    assert.ok(storage.profile !== 'cluster');
    const noticesOfStart = async (during: () => Promise<void> = async () => {}): Promise<string[]> => {
      const notices: string[] = [];
      const backend = await openSqlBackend({
        storage,
        requestTimeoutMs: 120_000,
        failedRetentionMs: 1e9,
        credentialGraceMs: 1e6,
        onNotice: (line) => notices.push(line),
      });
      await during().finally(() => backend.close());
      return notices;
    };
    const reindex = async (): Promise<{ code: number; errors: string }> => {
      const command = join(import.meta.dirname, '../../src/cli/reindex.ts');
      const child = spawn(process.execPath, [command], { env, stdio: ['ignore', 'ignore', 'pipe'] });
      const ended = new Promise<number>((resolve) => child.on('exit', (code) => resolve(code ?? -1)));
      return { errors: await text(child.stderr), code: await ended };
    };
    try {
      if (profile === 'embedded') {
        const { code, errors } = await reindex();
        assert.equal(code, 1);
        assert.match(errors, /There is no database in .*\. Set DATA_DIR/);
      }
      assert.deepEqual(await noticesOfStart(), [], 'a new installation needs nothing');
      const db =
        profile === 'embedded'
          ? await openPglite(join(dataDir, 'db'))
          : openPg({ url, connections: 1, statementTimeoutMs: 0 });
      await db.exec(AGE).finally(() => db.close());
      const [notice = ''] = await noticesOfStart(async () => {
        if (profile === 'postgres') return;
        const { code, errors } = await reindex();
        assert.equal(code, 1);
        assert.match(errors, /is in use by process .* Stop that process/);
      });
      assert.match(notice, /^the search index was made by another version .* npm run reindex builds it anew/);
      const { code, errors } = await reindex();
      assert.equal(code, 0, errors);
      assert.deepEqual(await noticesOfStart(), []);
    } finally {
      await directory.remove();
    }
  });

test('a vector that changes has another version', () => {
  const activity = anActivity('acme', {
    externalId: 'jane',
    type: 'Visit Webpage',
    campaign: { id: 'c-1', name: 'Spring jane@acme.example' },
    attributes: { title: 'Café 漢字 don’t', url: 'https://acme.example/a?b=c', note: 'private', score: 1.5 },
    context: { ip: '192.0.2.1', page: { title: 'Home' }, device: { id: 'd', type: 'ios' }, userAgent: 'x' },
  });
  const vectors = [
    activityVector(activity),
    leadVector({
      identity: 'jane',
      aliases: ['j@acme.example'],
      email: 'jane@acme.example',
      traits: { name: 'Jane' },
    }),
  ];
  const digest = createHash('sha256').update(vectors.join('\n')).digest('hex').slice(0, 16);
  // Where this fails, raise WORDS_VERSION, so that operators are told to run npm run reindex.
  assert.deepEqual([WORDS_VERSION, digest], [2, '17f32bf77f73e092']);
});
