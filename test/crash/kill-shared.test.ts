import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { migrations } from '../../src/compose/migrations.ts';
import { transactIn } from '../../src/compose/sql-writer.ts';
import { createPostgresLog } from '../../src/datasources/activity-log/postgres/adapter.ts';
import { migrate } from '../../src/datasources/db/migrate.ts';
import { openPg } from '../../src/datasources/db/pg.ts';
import { verifyTenant } from '../../src/domain/tenant.ts';
import { recover } from '../../src/ingest/write/recover.ts';
import type { WrittenVerdict } from '../../src/ingest/write/writer-port.ts';
import { anActivity, HOUR, NOW } from '../support/activities.ts';
import { serverUrl } from '../support/databases.ts';
import { freshDatabase } from '../support/postgres.ts';
import { until } from '../support/until.ts';
import { dump } from '../unit/ingest/write/writer-support.ts';
import { Killed, startVictim, type Victim } from './process.ts';

const KILLS = 12;
const LIFE_MS = 240_000;
const TENANT = 'shared';
const TYPES = ['Send Email', 'Open Email', 'Complete Order', 'Watch Video', 'Visit Webpage'];
const DIGESTS = ['aaaaaaaa', 'bbbbbbbb'];
const never = new AbortController().signal;

test(`${KILLS} times kill -9 of either of two processes on one PostgreSQL: log and store have the same, and all that was acknowledged`, async (t) => {
  const url = await freshDatabase(await serverUrl());
  const db = openPg({ url, connections: 2, statementTimeoutMs: 60_000 });
  await migrate(db, migrations);
  const start = (): Victim => startVictim({ directory: '', database: url, isShared: true });
  const victims = [start(), start()];
  t.after(async () => {
    for (const victim of victims) await victim.kill();
    await db.close();
  });
  await Promise.all(victims.map(({ ready }) => ready));
  await victims[0]?.ask({ kind: 'type', tenant: TENANT, name: 'Watch Video' });

  /** Message id → the id of the first that was acknowledged for it. */
  const acknowledged = new Map<string, string>();
  let messages = 0;
  let isEnding = false;
  const insist = async (who: number, request: Parameters<Victim['ask']>[0]): Promise<unknown> => {
    for (;;) {
      const victim = victims[who] as Victim;
      try {
        await victim.ready;
        return await victim.ask(request);
      } catch (error) {
        if (!(error instanceof Killed)) throw error;
        await until('it is started again', () => victims[who] !== victim || isEnding, LIFE_MS);
      }
    }
  };
  /** Each of the two says another thing under most of the ids that both use. */
  const sendThrough = async (who: number): Promise<void> => {
    while (!isEnding) {
      const first = Math.max(0, messages - 10);
      messages += 5;
      const batch = Array.from({ length: 20 }, (_, n) =>
        anActivity(TENANT, {
          messageId: `m-${first + n}`,
          externalId: `person-${who}-${n % 7}`,
          type: TYPES[n % TYPES.length] ?? '',
          occurredAt: NOW + (n % 9) * HOUR,
          campaign: { id: `c-${n % 3}`, name: `Campaign by ${who}` },
          attributes: { revenue: who + n / 4 },
          contentDigest: DIGESTS[who] ?? null,
        }),
      );
      const verdicts = await insist(who, { kind: 'activities', tenant: TENANT, activities: batch });
      for (const [index, { id, status }] of (verdicts as WrittenVerdict[]).entries()) {
        assert.notEqual(status, 'failed');
        const key = batch[index]?.messageId ?? '';
        assert.equal(acknowledged.get(key) ?? id, id, 'a message keeps the id it was acknowledged with');
        acknowledged.set(key, id);
      }
      const update = {
        identity: { kind: 'known', externalId: `person-${who}-${messages % 7}` },
        email: null,
        traits: { who },
        links: [{ kind: 'anonymous', anonymousId: `device-${messages % 50}` }],
        at: NOW + messages,
      } as const;
      await insist(who, { kind: 'leads', tenant: TENANT, updates: [update] });
    }
  };
  const faults: unknown[] = [];
  const senders = [0, 1, 0, 1].map((who) =>
    sendThrough(who).catch((fault: unknown) => {
      faults.push(fault);
      isEnding = true;
    }),
  );
  for (let kill = 0; kill < KILLS && !isEnding; kill += 1) {
    const wanted = acknowledged.size + 10;
    await until('messages are acknowledged', () => acknowledged.size >= wanted || isEnding, LIFE_MS);
    await sleep(Math.random() * 30);
    await victims[kill % 2]?.kill();
    victims[kill % 2] = start();
  }
  isEnding = true;
  await Promise.all(senders);
  assert.deepEqual(faults, []);
  for (const victim of victims) {
    await victim.ready;
    await victim.ask({ kind: 'close', tenant: TENANT });
    await victim.exit;
  }

  const firsts = new Map<string, string>();
  const log = createPostgresLog(db);
  for (const { partition, first } of await log.partitions(never))
    for await (const batch of log.read(partition, first, never))
      for (const { record } of batch)
        if (record.kind === 'activity' && !firsts.has(record.activity.messageId))
          firsts.set(record.activity.messageId, record.activity.id);
  for (const [messageId, id] of acknowledged) assert.equal(firsts.get(messageId), id, messageId);
  const live = await dump(db);
  assert.equal(live.activities?.length, firsts.size, 'each message of the log is one row');
  t.diagnostic(`${firsts.size} messages, ${acknowledged.size} acknowledged`);

  await db.exec(
    'TRUNCATE activities, leads, lead_links, campaigns, activity_types, metrics_hourly, email_sends',
  );
  await recover({
    log,
    transact: transactIn(db, { failedRetentionMs: HOUR, tenantOf: verifyTenant }),
    checkpoints: { load: async () => new Map() },
    storeTimeoutMs: 60_000,
    signal: never,
  });
  const rebuilt = await dump(db);
  for (const [table, rows] of Object.entries(live)) assert.deepEqual(rebuilt[table], rows, table);
});
