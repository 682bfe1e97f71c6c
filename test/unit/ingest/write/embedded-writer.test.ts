import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { sqlStore, transactIn } from '../../../../src/compose/sql-writer.ts';
import { createPostgresCheckpoints } from '../../../../src/datasources/activity-log/checkpoints.ts';
import { openFileLog } from '../../../../src/datasources/activity-log/file/adapter.ts';
import type { ActivityLog } from '../../../../src/datasources/activity-log/port.ts';
import type { Db } from '../../../../src/datasources/db/db.ts';
import { createPostgresFailedActivities } from '../../../../src/datasources/failed-activities/postgres/adapter.ts';
import type { Activity } from '../../../../src/domain/activity.ts';
import { type Tenant, verifyTenant } from '../../../../src/domain/tenant.ts';
import {
  createEmbeddedWriter,
  type EmbeddedWriterOptions,
} from '../../../../src/ingest/write/embedded-writer.ts';
import type { FromLogUnit } from '../../../../src/ingest/write/from-log.ts';
import { recover } from '../../../../src/ingest/write/recover.ts';
import type { Writer } from '../../../../src/ingest/write/writer-port.ts';
import { DomainError } from '../../../../src/lib/errors.ts';
import { anActivity, HOUR, NOW } from '../../../support/activities.ts';
import { drivers } from '../../../support/databases.ts';
import { temporaryDirectory } from '../../../support/temp.ts';
import { until } from '../../../support/until.ts';
import { dump, type FaultyStore, faultyLog, faultyStore, unreachable } from './writer-support.ts';

const signal = new AbortController().signal;
let tenants = 0;
const newTenant = (): Tenant => verifyTenant(`writer-${process.pid}-${tenants++}`);
const some = (tenant: Tenant, count: number): Activity[] =>
  Array.from({ length: count }, () => anActivity(tenant.id));
const isUnavailable = (error: unknown): boolean =>
  error instanceof DomainError && error.code === 'BACKEND_UNAVAILABLE' && error.retryable;

const failuresOf = (db: Db) => createPostgresFailedActivities(db, { retentionMs: HOUR });

async function logged(log: ActivityLog, tenant: Tenant): Promise<string[]> {
  const ids: string[] = [];
  for (const { partition, first } of await log.partitions(signal))
    for await (const batch of log.read(partition, first, signal))
      for (const { tenantId, record } of batch)
        if (tenantId === tenant.id) ids.push(record.kind === 'activity' ? record.activity.id : record.kind);
  return ids;
}

for (const driver of drivers)
  describe(`writer over a file log and ${driver.name}`, () => {
    let db: Db;
    let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
    let fileLog: ActivityLog;
    let log: ReturnType<typeof faultyLog>;
    let store: FaultyStore<FromLogUnit>;
    let writer: Writer;
    before(async () => {
      db = await driver.open();
    });
    after(() => db.close());

    const failedOf = async (tenant: Tenant) => {
      const every = { codes: null, source: null, reason: null, from: null, to: null, replayed: false };
      return (await failuresOf(db).list(tenant, { ...every, first: 10, after: null }, signal)).failures;
    };
    const make = async (options: Partial<EmbeddedWriterOptions> = {}): Promise<Writer> => {
      await writer?.close();
      writer = createEmbeddedWriter({
        log: log.log,
        transact: store.transact,
        store: sqlStore(db),
        start: 0,
        retryDelayMs: { min: 5, max: 20 },
        ...options,
      });
      return writer;
    };
    beforeEach(async () => {
      await db.query('DELETE FROM log_checkpoints');
      directory = await temporaryDirectory();
      fileLog = await openFileLog({ dir: directory.path });
      log = faultyLog(fileLog);
      store = faultyStore(transactIn(db, { failedRetentionMs: HOUR, tenantOf: verifyTenant }));
      await make();
    });
    afterEach(async () => {
      log.fault = async () => {};
      await writer.close();
      await fileLog.close();
      await directory.remove();
    });
    const count = async (tenant: Tenant): Promise<number> =>
      (
        await db.query<{ n: number }>('SELECT count(*) AS n FROM activities WHERE tenant_id = $1', [
          tenant.id,
        ])
      )[0]?.n ?? -1;

    test('what is answered as stored is in the log and in the store, and its place is saved on close', async () => {
      const tenant = newTenant();
      const activities = some(tenant, 3);
      const verdicts = await writer.writeActivities(tenant, activities, signal);
      assert.deepEqual(
        verdicts,
        activities.map(({ id }) => ({ status: 'stored', id })),
      );
      assert.deepEqual(
        await logged(fileLog, tenant),
        activities.map(({ id }) => id),
      );
      assert.equal(await count(tenant), 3);
      assert.deepEqual(await writer.writeActivities(tenant, [], signal), []);
      await writer.close();
      assert.deepEqual([...(await createPostgresCheckpoints(db).load(signal))], [[0, 3]]);
      await assert.rejects(writer.writeActivities(tenant, activities, signal), isUnavailable);
    });

    test('concurrent small requests share appends and transactions', async () => {
      const tenant = newTenant();
      await Promise.all(
        Array.from({ length: 300 }, () => writer.writeActivities(tenant, some(tenant, 1), signal)),
      );
      assert.equal(await count(tenant), 300);
      assert.ok(
        log.calls.length <= 100 && store.calls.length <= 100,
        `${log.calls.length} appends, ${store.calls.length} writes`,
      );
    });

    test('of concurrent requests with the same message exactly one is told stored, and all the same id', async () => {
      const tenant = newTenant();
      const requests = Array.from({ length: 60 }, (_, n) => [
        anActivity(tenant.id, { messageId: 'same', externalId: `person-${n}` }),
        anActivity(tenant.id, { messageId: `own-${n}` }),
      ]);
      const answers = await Promise.all(
        requests.map((request) => writer.writeActivities(tenant, request, signal)),
      );
      const same = answers.map(([verdict]) => verdict);
      assert.equal(same.filter((verdict) => verdict?.status === 'stored').length, 1);
      assert.equal(new Set(same.map((verdict) => verdict?.id)).size, 1);
      answers.forEach(([, own], n) => assert.deepEqual(own, { status: 'stored', id: requests[n]?.[1]?.id }));
    });

    test('store down: accepted from the log, repaired in its order when the store is back, then written directly again', async () => {
      const tenant = newTenant();
      store.fault = () => Promise.reject(unreachable());
      const first = anActivity(tenant.id, { messageId: 'm', externalId: 'first' });
      const second = anActivity(tenant.id, { messageId: 'm', externalId: 'second' });
      assert.deepEqual(await writer.writeActivities(tenant, [first, second], signal), [
        { status: 'stored', id: first.id },
        { status: 'duplicate', id: first.id },
      ]);
      await writer.writeActivities(tenant, [second, ...some(tenant, 20)], signal);
      await writer.writeLeadUpdates(
        tenant,
        [
          {
            identity: { kind: 'known', externalId: 'first' },
            email: 'f@x.org',
            traits: {},
            links: [],
            at: NOW,
          },
        ],
        signal,
      );
      assert.equal(await count(tenant), 0);
      assert.deepEqual(writer.status().repairing, [tenant.id]);
      store.fault = async () => {};
      await until('repaired', () => writer.status().repairing.length === 0);
      assert.equal(await count(tenant), 21);
      const lead = (await sqlStore(db).leads(tenant, [first.leadKey], signal))[0];
      assert.equal(lead?.email, 'f@x.org');
      const later = some(tenant, 1);
      await writer.writeActivities(tenant, later, signal);
      assert.equal(await count(tenant), 22);
      await writer.close();
      assert.deepEqual([...(await createPostgresCheckpoints(db).load(signal))], [[0, 25]]);
    });

    test('a tenant that never stops writing still catches up with its store', async () => {
      const tenant = newTenant();
      let isDown = true;
      store.fault = () => (isDown ? Promise.reject(unreachable()) : Promise.resolve());
      let isWriting = true;
      let written = 0;
      const writers = Array.from({ length: 4 }, async () => {
        while (isWriting) {
          await writer.writeActivities(tenant, some(tenant, 2), signal);
          written += 2;
        }
      });
      await until('accepted while down', () => written > 40);
      isDown = false;
      await until('caught up', () => writer.status().repairing.length === 0);
      isWriting = false;
      await Promise.all(writers);
      assert.equal(await count(tenant), written);
    });

    test('one tenant whose store write fails does not hold up another', async () => {
      const [bad, good] = [newTenant(), newTenant()];
      store.fault = async (tenant) => {
        if (tenant.id === bad.id) throw unreachable();
      };
      await writer.writeActivities(bad, some(bad, 5), signal);
      await writer.writeActivities(good, some(good, 5), signal);
      assert.equal(await count(good), 5);
      assert.deepEqual(writer.status().repairing, [bad.id]);
      // The mark stays before the hole, whatever is done beyond it.
      await writer.close();
      assert.equal((await createPostgresCheckpoints(db).load(signal)).get(0) ?? 0, 0);
    });

    test('log down: refused as retryable, and nothing is anywhere; sending again is harmless', async () => {
      const tenant = newTenant();
      log.fault = () => Promise.reject(unreachable());
      const first = anActivity(tenant.id, { messageId: 'm', externalId: 'first' });
      const other = anActivity(tenant.id, { messageId: 'm', externalId: 'other' });
      await assert.rejects(writer.writeActivities(tenant, [first], signal), isUnavailable);
      const untouched = some(tenant, 1);
      await assert.rejects(writer.writeActivities(tenant, untouched, signal), isUnavailable);
      assert.equal(await count(tenant), 0);
      log.fault = async () => {};
      assert.deepEqual(await writer.writeActivities(tenant, [other, first], signal), [
        { status: 'stored', id: other.id },
        { status: 'duplicate', id: other.id },
      ]);
      assert.deepEqual(await logged(fileLog, tenant), [other.id, first.id]);
    });

    test('both down: refused, and nothing is anywhere', async () => {
      const tenant = newTenant();
      log.fault = store.fault = () => Promise.reject(unreachable());
      await assert.rejects(writer.writeActivities(tenant, some(tenant, 2), signal), isUnavailable);
      log.fault = store.fault = async () => {};
      await writer.writeActivities(tenant, some(tenant, 1), signal);
      assert.equal(await count(tenant), 1);
      assert.equal((await logged(fileLog, tenant)).length, 1);
    });

    test('a store that hangs counts as down after its time', async () => {
      const tenant = newTenant();
      await make({ storeTimeoutMs: 50 });
      let letGo = (): void => {};
      const hanging = new Promise<void>((resolve) => {
        letGo = resolve;
      });
      store.fault = () => hanging;
      assert.equal((await writer.writeActivities(tenant, some(tenant, 1), signal))[0]?.status, 'stored');
      store.fault = async () => {};
      letGo();
      await until(
        'repaired',
        async () => (await count(tenant)) === 1 && writer.status().repairing.length === 0,
      );
    });

    test('a record the store refuses is set aside with the reason; its neighbours are stored and nothing blocks', async () => {
      const tenant = newTenant();
      // The door refuses a NUL; PostgreSQL does, too. Here it gets past the door.
      const poison = anActivity(tenant.id, { attributes: { text: 'a\0b' } });
      const others = some(tenant, 30);
      const mixed = [...others.slice(0, 11), poison, ...others.slice(11)];
      const verdicts = await writer.writeActivities(tenant, mixed, signal);
      assert.deepEqual(
        verdicts.map(({ status }) => status),
        mixed.map((activity) => (activity === poison ? 'failed' : 'stored')),
      );
      assert.equal(await count(tenant), 30);
      const [failed, ...more] = await failedOf(tenant);
      assert.deepEqual([failed?.code, more], ['STORE_REFUSED', []]);
      assert.deepEqual(JSON.parse(failed?.body ?? ''), { kind: 'activity', activity: poison });
      assert.match(failed?.message ?? '', /^The store can not keep this as it is \(SQLSTATE \w{5}\)\.$/);
      await writer.writeActivities(tenant, some(tenant, 1), signal);
      assert.equal(await count(tenant), 31);
      assert.deepEqual(writer.status().repairing, []);
    });

    test('a refused record does not stop repair either', async () => {
      const tenant = newTenant();
      store.fault = () => Promise.reject(unreachable());
      await writer.writeActivities(
        tenant,
        [...some(tenant, 3), anActivity(tenant.id, { attributes: { text: '\0' } }), ...some(tenant, 3)],
        signal,
      );
      store.fault = async () => {};
      await until('repaired', () => writer.status().repairing.length === 0);
      assert.equal(await count(tenant), 6);
      assert.equal((await failedOf(tenant)).length, 1);
    });

    test('a flood of one tenant delays another by a batch or two, not by its queue', async () => {
      const [loud, quiet] = [newTenant(), newTenant()];
      await make({ limits: { inFlight: 1, batchRecords: 50 } });
      const flood = Array.from({ length: 100 }, () => writer.writeActivities(loud, some(loud, 20), signal));
      await until('begun', () => store.calls.length > 0);
      const before = store.calls.length;
      await writer.writeActivities(quiet, some(quiet, 1), signal);
      const place = store.calls.findIndex((call) => call.startsWith(`${quiet.id}:`));
      // The flood's own queue has 40 batches.
      assert.ok(place - before <= 5, `the quiet tenant came ${place - before} batches later`);
      await Promise.all(flood);
      assert.equal(await count(loud), 2_000);
    });

    test('beyond the bytes that may wait, requests are refused with a time to wait; another tenant is not', async () => {
      const [loud, quiet] = [newTenant(), newTenant()];
      await make({ limits: { tenantBytes: 50_000, totalBytes: 80_000 } });
      const results = await Promise.allSettled(
        Array.from({ length: 300 }, () => writer.writeActivities(loud, some(loud, 1), signal)),
      );
      const refused = results.flatMap((result) =>
        result.status === 'rejected' ? [result.reason as DomainError] : [],
      );
      assert.ok(refused.length > 100);
      for (const error of refused) {
        assert.equal(error.code, 'RATE_LIMITED');
        assert.ok((error.retryAfterMs ?? 0) >= 100);
      }
      assert.equal(await count(loud), 300 - refused.length);
      await writer.writeActivities(quiet, some(quiet, 1), signal);
      await writer.writeActivities(loud, some(loud, 1), signal);
      assert.equal(writer.status().queuedBytes, 0);
    });

    test('a caller who aborts while waiting leaves nothing; one who aborts later is answered, and the write goes on', async () => {
      const tenant = newTenant();
      let letGo = (): void => {};
      const gate = new Promise<void>((resolve) => {
        letGo = resolve;
      });
      store.fault = () => gate;
      const handedOver = new AbortController();
      const waiting = new AbortController();
      const gone = new DomainError('TIMEOUT', 'gone');
      const first = some(tenant, 1);
      const second = some(tenant, 1);
      const firstAnswer = writer.writeActivities(tenant, first, handedOver.signal);
      await until('handed over', () => store.calls.length === 1);
      const secondAnswer = writer.writeActivities(tenant, second, waiting.signal);
      waiting.abort(gone);
      handedOver.abort(gone);
      await assert.rejects(firstAnswer, gone);
      await assert.rejects(secondAnswer, gone);
      letGo();
      await writer.drain();
      assert.deepEqual(
        await sqlStore(db).activities(
          tenant,
          [...first, ...second].map(({ id }) => id),
          signal,
        ),
        [first[0], null],
      );
      assert.equal(writer.status().queuedBytes, 0);
    });

    test('drain waits for everything that was taken in', async () => {
      const tenant = newTenant();
      let answered = 0;
      const writes = Array.from({ length: 20 }, async () => {
        await writer.writeActivities(tenant, some(tenant, 100), signal);
        answered += 1;
      });
      await writer.drain();
      assert.equal(await count(tenant), 2_000);
      await Promise.all(writes);
      assert.equal(answered, 20);
    });

    test('a type is in the log before activities of it, and a name is not taken twice', async () => {
      const tenant = newTenant();
      const type = {
        name: 'Watch Video',
        category: 'CUSTOM',
        description: '',
        conversion: true,
        attributes: [],
      } as const;
      const defined = await writer.defineType(tenant, type, signal);
      assert.equal(defined.number, 100_001);
      assert.deepEqual(await writer.defineType(tenant, type, signal), defined);
      await assert.rejects(writer.defineType(tenant, { ...type, conversion: false }, signal), {
        code: 'BAD_USER_INPUT',
      });
      await assert.rejects(writer.defineType(tenant, { ...type, name: 'Visit Webpage' }, signal), {
        code: 'BAD_USER_INPUT',
      });
      assert.deepEqual(await logged(fileLog, tenant), ['type', 'type']);
    });

    test('a store rebuilt from the log is the same store, also when two bodies of one message were sent at once', async () => {
      await db.exec(
        'TRUNCATE activities, leads, lead_links, campaigns, activity_types, metrics_hourly, email_sends, log_checkpoints',
      );
      const pair = [newTenant(), newTenant()];
      const types = ['Send Email', 'Open Email', 'Click Email', 'Complete Order', 'Watch Video'];
      for (const tenant of pair) {
        await writer.defineType(
          tenant,
          { name: 'Watch Video', category: 'CUSTOM', description: '', conversion: true, attributes: [] },
          signal,
        );
        // The messages of 20 senders overlap; each sender's body is another.
        const senders = Array.from({ length: 20 }, async (_, sender) => {
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
            await Promise.all([
              writer.writeActivities(tenant, batch, signal),
              writer.writeLeadUpdates(
                tenant,
                [
                  {
                    identity: { kind: 'known', externalId: `person-${sender % 6}` },
                    email: null,
                    traits: { sender },
                    links: [{ kind: 'anonymous', anonymousId: `device-${round}` }],
                    at: NOW + round,
                  },
                ],
                signal,
              ),
              writer.writeCampaigns(
                tenant,
                [{ id: `x-${round}`, name: `Name by ${sender}`, createdAt: NOW }],
                signal,
              ),
            ]);
          }
        });
        await Promise.all(senders);
      }
      const live = await dump(db);
      assert.ok((live.activities?.length ?? 0) > 200);
      await db.exec(
        'TRUNCATE activities, leads, lead_links, campaigns, activity_types, metrics_hourly, email_sends, log_checkpoints',
      );
      const seen: number[] = [];
      const checkpoints = createPostgresCheckpoints(db);
      const recovery = await recover({
        log: fileLog,
        transact: store.transact,
        checkpoints,
        storeTimeoutMs: 10_000,
        signal,
        onProgress: ({ done, total }) => seen.push(done / total),
      });
      assert.deepEqual(await dump(db), live);
      assert.equal(seen.at(-1), 1);
      const again = await recover({
        log: fileLog,
        transact: store.transact,
        checkpoints,
        storeTimeoutMs: 10_000,
        signal,
      });
      assert.deepEqual(again, { ...recovery, replayed: 0 });
    });
  });
