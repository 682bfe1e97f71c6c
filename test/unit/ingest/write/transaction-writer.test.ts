import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { migrations } from '../../../../src/compose/migrations.ts';
import { openDatabaseWriter, sqlStore, transactIn } from '../../../../src/compose/sql-writer.ts';
import { createPostgresLog } from '../../../../src/datasources/activity-log/postgres/adapter.ts';
import { isBehindLog } from '../../../../src/datasources/activity-log/postgres/schema.ts';
import type { Db } from '../../../../src/datasources/db/db.ts';
import { migrate } from '../../../../src/datasources/db/migrate.ts';
import { openPg } from '../../../../src/datasources/db/pg.ts';
import { createPostgresFailedActivities } from '../../../../src/datasources/failed-activities/postgres/adapter.ts';
import { type Activity, isConflict, type LogRecord } from '../../../../src/domain/activity.ts';
import { type Tenant, verifyTenant } from '../../../../src/domain/tenant.ts';
import { recover } from '../../../../src/ingest/write/recover.ts';
import {
  createTransactionWriter,
  type DatabaseUnit,
  type TransactionWriterOptions,
} from '../../../../src/ingest/write/transaction-writer.ts';
import type { Transact } from '../../../../src/ingest/write/write-apply.ts';
import type { Writer } from '../../../../src/ingest/write/writer-port.ts';
import { DomainError } from '../../../../src/lib/errors.ts';
import { anActivity, HOUR, NOW } from '../../../support/activities.ts';
import { drivers, serverUrl } from '../../../support/databases.ts';
import { freshDatabase } from '../../../support/postgres.ts';
import { dump, unreachable } from './writer-support.ts';

const signal = new AbortController().signal;
const RETENTION = { failedRetentionMs: HOUR, tenantOf: verifyTenant };
let tenants = 0;
const newTenant = (): Tenant => verifyTenant(`tx-writer-${process.pid}-${tenants++}`);
const some = (tenant: Tenant, count: number): Activity[] =>
  Array.from({ length: count }, () => anActivity(tenant.id));
const isRetryable = (error: unknown): boolean => error instanceof DomainError && error.retryable;

const open = (db: Db, options: Partial<TransactionWriterOptions> = {}): Writer =>
  createTransactionWriter({ transact: transactIn(db, RETENTION), store: sqlStore(db), ...options });

/** Records of a tenant in the order of the log. */
async function logged(db: Db, tenant: Tenant): Promise<LogRecord[]> {
  const log = createPostgresLog(db);
  const records: LogRecord[] = [];
  for (const { partition, first } of await log.partitions(signal))
    for await (const batch of log.read(partition, first, signal))
      for (const { tenantId, record } of batch) if (tenantId === tenant.id) records.push(record);
  return records;
}
const activitiesIn = (records: readonly LogRecord[]): Activity[] =>
  records.flatMap((record) => (record.kind === 'activity' ? [record.activity] : []));
const failedOf = async (db: Db, tenant: Tenant) => {
  const every = { codes: null, source: null, reason: null, from: null, to: null, replayed: false };
  const failures = createPostgresFailedActivities(db, { retentionMs: HOUR });
  return (await failures.list(tenant, { ...every, first: 100, after: null }, signal)).failures;
};
const stored = async (db: Db, tenant: Tenant): Promise<string[]> => {
  const rows = await db.query<{ message_id: string }>(
    'SELECT message_id FROM activities WHERE tenant_id = $1 ORDER BY message_id',
    [tenant.id],
  );
  return rows.map((row) => row.message_id);
};
const idsOf = (activities: readonly Activity[]): string[] =>
  activities.map(({ messageId }) => messageId).sort();

for (const driver of drivers)
  describe(`a writer over log and store in one database, ${driver.name}`, () => {
    let db: Db;
    before(async () => {
      db = await driver.open();
    });
    after(() => db.close());

    test('what is answered as stored is in the log and in the store, and requests share transactions', async () => {
      const tenant = newTenant();
      let transactions = 0;
      const transact = transactIn(db, RETENTION);
      const counting: Transact<DatabaseUnit> = (work, stop) => {
        transactions += 1;
        return transact(work, stop);
      };
      const writer = open(db, { transact: counting });
      const sent = some(tenant, 300);
      const verdicts = await Promise.all(
        sent.map((activity) => writer.writeActivities(tenant, [activity], signal)),
      );
      assert.deepEqual(
        verdicts.flat(),
        sent.map(({ id }) => ({ status: 'stored', id })),
      );
      assert.deepEqual(await stored(db, tenant), idsOf(sent));
      assert.deepEqual(idsOf(activitiesIn(await logged(db, tenant))), idsOf(sent));
      assert.ok(transactions <= 100, `${transactions} transactions`);
      await writer.close();
      await assert.rejects(writer.writeActivities(tenant, some(tenant, 1), signal), isRetryable);
    });

    for (const broken of ['store', 'log', 'failures'] as const)
      test(`where ${broken} fails the call is refused as retryable and nothing is anywhere; sent again, it is stored`, async () => {
        const tenant = newTenant();
        const transact = transactIn(db, RETENTION);
        let isDown = true;
        const failing: Transact<DatabaseUnit> = (work, stop) =>
          transact(
            (unit) =>
              work({
                store: {
                  ...unit.store,
                  write: async (...args) => {
                    const verdicts = await unit.store.write(...args);
                    if (isDown && broken === 'store') throw unreachable();
                    return verdicts;
                  },
                },
                log: {
                  append: async (...args) => {
                    const positions = await unit.log.append(...args);
                    if (isDown && broken === 'log') throw unreachable();
                    return positions;
                  },
                },
                failures: {
                  put: async (...args) => {
                    await unit.failures.put(...args);
                    if (isDown && broken === 'failures') throw unreachable();
                  },
                },
              }),
            stop,
          );
        const writer = open(db, { transact: failing });
        const first = anActivity(tenant.id, { messageId: 'm', contentDigest: 'aaaaaaaa' });
        const other = anActivity(tenant.id, { messageId: 'm', contentDigest: 'bbbbbbbb' });
        const before = await logged(db, tenant);
        await assert.rejects(writer.writeActivities(tenant, [first, other], signal), isRetryable);
        assert.deepEqual(await stored(db, tenant), []);
        assert.deepEqual(await logged(db, tenant), before);
        assert.deepEqual(await failedOf(db, tenant), []);
        isDown = false;
        assert.deepEqual(
          (await writer.writeActivities(tenant, [first, other], signal)).map(({ status }) => status),
          ['stored', 'conflict'],
        );
        assert.deepEqual(
          activitiesIn(await logged(db, tenant)).map(({ id }) => id),
          [first.id, other.id],
        );
        assert.equal((await failedOf(db, tenant)).length, 1);
        await writer.close();
      });

    test('a record the store refuses is in the log and among the failed; its neighbours are stored', async () => {
      const tenant = newTenant();
      const writer = open(db);
      const poison = anActivity(tenant.id, { attributes: { text: 'a\0b' } });
      const others = some(tenant, 30);
      const mixed = [...others.slice(0, 11), poison, ...others.slice(11)];
      const verdicts = await writer.writeActivities(tenant, mixed, signal);
      assert.deepEqual(
        verdicts.map(({ status }) => status),
        mixed.map((activity) => (activity === poison ? 'failed' : 'stored')),
      );
      assert.deepEqual(await stored(db, tenant), idsOf(others));
      assert.deepEqual(
        activitiesIn(await logged(db, tenant)).map(({ id }) => id),
        mixed.map(({ id }) => id),
      );
      const [failed, ...more] = await failedOf(db, tenant);
      assert.deepEqual([failed?.code, more], ['STORE_REFUSED', []]);
      assert.deepEqual(JSON.parse(failed?.body ?? ''), { kind: 'activity', activity: poison });
      assert.match(failed?.message ?? '', /^The store can not keep this as it is \(SQLSTATE \w{5}\)\.$/);
      await writer.close();
    });

    test('a store that hangs ends in a refusal after its time, and leaves nothing', async () => {
      const tenant = newTenant();
      const transact = transactIn(db, RETENTION);
      const gate = Promise.withResolvers<void>();
      const hanging: Transact<DatabaseUnit> = (work, stop) =>
        transact(async (unit) => {
          await gate.promise;
          return work(unit);
        }, stop);
      const writer = open(db, { transact: hanging, storeTimeoutMs: 50 });
      await assert.rejects(writer.writeActivities(tenant, some(tenant, 1), signal), isRetryable);
      gate.resolve();
      await writer.close();
      assert.deepEqual(await stored(db, tenant), []);
      assert.deepEqual(await logged(db, tenant), []);
    });
  });

describe('several processes on one PostgreSQL', () => {
  let databases: Db[];
  let writers: Writer[];
  before(async () => {
    const url = await freshDatabase(await serverUrl());
    databases = [0, 1, 2].map(() => openPg({ url, connections: 4, statementTimeoutMs: 60_000 }));
    await migrate(databases[0] as Db, migrations);
    writers = databases.map((db) => open(db));
  });
  after(async () => {
    for (const writer of writers) await writer.close();
    for (const db of databases) await db.close();
  });

  test('of two bodies under one message id, sent at the same moment, log and store have the same first', async () => {
    const tenant = newTenant();
    const [db] = databases as [Db];
    const DIGESTS = ['aaaaaaaa', 'bbbbbbbb', 'cccccccc'];
    const told = new Map<string, string[]>();
    for (let round = 0; round < 40; round += 1) {
      const batches = writers.map((_, who) => {
        const batch = Array.from({ length: 5 }, (_, n) =>
          anActivity(tenant.id, {
            messageId: `m-${round}-${n}`,
            externalId: `by-${who}`,
            contentDigest: DIGESTS[who] ?? null,
          }),
        );
        return who % 2 ? batch.reverse() : batch;
      });
      const answers = await Promise.all(
        writers.map((writer, who) => writer.writeActivities(tenant, batches[who] ?? [], signal)),
      );
      for (const [who, verdicts] of answers.entries())
        for (const [place, { status, id }] of verdicts.entries()) {
          const messageId = batches[who]?.[place]?.messageId ?? '';
          if (status === 'stored') told.set(messageId, [...(told.get(messageId) ?? []), id]);
          else assert.equal(status, 'conflict');
        }
    }
    const records = activitiesIn(await logged(db, tenant));
    assert.equal(records.length, 600);
    const firsts = new Map<string, Activity>();
    for (const activity of records)
      if (!firsts.has(activity.messageId)) firsts.set(activity.messageId, activity);
    assert.equal(firsts.size, 200);
    for (const [messageId, first] of firsts) assert.deepEqual(told.get(messageId), [first.id]);
    const rows = await sqlStore(db).activities(
      tenant,
      [...firsts.values()].map(({ id }) => id),
      signal,
    );
    for (const [index, first] of [...firsts.values()].entries()) {
      assert.equal(rows[index]?.id, first.id);
      assert.ok(rows[index] && !isConflict(rows[index], first));
    }
  });

  test('a store rebuilt from the log is the same store', async () => {
    const [db] = databases as [Db];
    const pair = [newTenant(), newTenant()];
    const types = ['Send Email', 'Open Email', 'Click Email', 'Complete Order', 'Watch Video'];
    const definition = {
      name: 'Watch Video',
      category: 'CUSTOM',
      description: '',
      conversion: true,
      attributes: [],
    } as const;
    for (const tenant of pair) {
      await writers[0]?.defineType(tenant, definition, signal);
      const senders = Array.from({ length: 12 }, async (_, sender) => {
        const writer = writers[sender % writers.length] as Writer;
        for (let round = 0; round < 3; round += 1) {
          const batch = Array.from({ length: 12 }, (_, n) =>
            anActivity(tenant.id, {
              messageId: `m-${round * 40 + ((n * 7 + sender) % 60)}`,
              externalId: `person-${sender % 6}`,
              type: types[(n + sender) % types.length] ?? '',
              occurredAt: NOW + sender * HOUR + n,
              campaign: { id: `c-${n % 3}`, name: n % 2 ? `Campaign ${n % 3}` : null },
              attributes: { revenue: sender + 0.25, sender },
            }),
          );
          const update = {
            identity: { kind: 'known', externalId: `person-${sender % 6}` },
            email: null,
            traits: { sender },
            links: [{ kind: 'anonymous', anonymousId: `device-${round}` }],
            at: NOW + round,
          } as const;
          const campaign = { id: `x-${round}`, name: `Name by ${sender}`, createdAt: NOW };
          await Promise.all([
            writer.writeActivities(tenant, batch, signal),
            writer.writeLeadUpdates(tenant, [update], signal),
            writer.writeCampaigns(tenant, [campaign], signal),
          ]);
        }
      });
      await Promise.all(senders);
    }
    const live = await dump(db);
    await db.exec(
      'TRUNCATE activities, leads, lead_links, campaigns, activity_types, metrics_hourly, email_sends, log_checkpoints',
    );
    await recover({
      log: createPostgresLog(db),
      transact: transactIn(db, RETENTION),
      checkpoints: { load: async () => new Map() },
      storeTimeoutMs: 10_000,
      signal,
    });
    assert.deepEqual(await dump(db), live);
  });
});

test('records that an earlier version left in the log alone are in the store after the first start, once', async () => {
  const url = await freshDatabase(await serverUrl());
  const db = openPg({ url, connections: 4, statementTimeoutMs: 60_000 });
  await migrate(
    db,
    migrations.filter(({ id }) => id !== 'log-002'),
  );
  const tenant = newTenant();
  const left = some(tenant, 3);
  const log = createPostgresLog(db);
  await log.append(
    tenant,
    left.map((activity) => ({ kind: 'activity', activity })),
    signal,
  );
  await migrate(db, migrations);
  assert.equal(await isBehindLog(db), true);
  const options = { db, log, store: sqlStore(db), ...RETENTION };
  const first = await openDatabaseWriter(options);
  assert.equal(first.replayed, 3);
  assert.deepEqual(await stored(db, tenant), idsOf(left));
  assert.equal((await first.writer.writeActivities(tenant, left, signal))[0]?.status, 'duplicate');
  await first.writer.writeActivities(tenant, some(tenant, 2), signal);
  await first.writer.close();
  assert.equal(await isBehindLog(db), false);
  const second = await openDatabaseWriter(options);
  assert.equal(second.replayed, 0);
  await second.writer.close();
  await db.close();
});
