import assert from 'node:assert/strict';
import { appendFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openFileLog } from '../../src/datasources/activity-log/file/adapter.ts';
import type { Db } from '../../src/datasources/db/db.ts';
import { openPglite } from '../../src/datasources/db/pglite.ts';
import type { Activity } from '../../src/domain/activity.ts';
import type { WrittenVerdict } from '../../src/ingest/write/writer-port.ts';
import { anActivity, HOUR, NOW } from '../support/activities.ts';
import { temporaryDirectory } from '../support/temp.ts';
import { until } from '../support/until.ts';
import { dump } from '../unit/ingest/write/writer-support.ts';
import { Killed, startVictim, type Victim } from './process.ts';

const KILLS = 20;
/**
 * The longest that one life of the process may take to do its part, in milliseconds. For so long its writer waits for a
 * slow store, too: a repeat is recognised by the store alone.
 */
const LIFE_MS = 600_000;
const TENANTS = ['crash-a', 'crash-b'];
const TYPES = [
  'Send Email',
  'Email Delivered',
  'Open Email',
  'Click Email',
  'Email Bounced',
  'Complete Order',
  'Watch Video',
  'Visit Webpage',
];

/** Numbers from 0 to 1 from a seed (mulberry32), so that a failure can be run again. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const seed = Number(process.env.CRASH_SEED ?? Date.now() % 1_000_000);

describe(`kill -9 at any moment (CRASH_SEED=${seed})`, () => {
  const next = random(seed);
  const below = (n: number): number => Math.floor(next() * n);
  const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let victim: Victim;
  /** (tenant, messageId) → the id that was acknowledged for it. */
  const acknowledged = new Map<string, string>();
  const sent = new Set<string>();
  let messages = 0;
  /** While the store is off, a repeat is not recognised: it is answered as far as the writer knows. */
  let isStoreOff = false;
  /** The first test has ended, well or not. */
  let isOver = false;

  before(async () => {
    directory = await temporaryDirectory();
  });
  after(async () => {
    await victim.kill();
    await directory.remove();
  });

  function newBatch(tenant: string): Activity[] {
    return Array.from({ length: 1 + below(40) }, () => {
      const repeat = next() < 0.08 ? pick([...acknowledged.keys()].slice(-200)) : undefined;
      const messageId = repeat?.startsWith(`${tenant}/`)
        ? repeat.slice(tenant.length + 1)
        : `m-${messages++}`;
      const campaign = `c-${below(4)}`;
      return anActivity(tenant, {
        messageId,
        externalId: `person-${below(50)}`,
        type: pick(TYPES),
        occurredAt: NOW + below(48) * HOUR,
        campaign: next() < 0.8 ? { id: campaign, name: `Campaign ${campaign}` } : null,
        channel: pick(['email', 'web']),
        isBot: next() < 0.1,
        attributes: { revenue: below(10_000) / 100, note: 'x'.repeat(below(300)) },
      });
    });
  }

  /** Asks until it is answered, as an SDK does: the same again after a failure. */
  async function insist(
    request: Parameters<Victim['ask']>[0],
    restarted: () => Promise<void>,
  ): Promise<unknown> {
    for (;;) {
      try {
        return await victim.ask(request);
      } catch (error) {
        if (!(error instanceof Killed) || isOver) throw error;
        await restarted();
      }
    }
  }

  async function deliver(
    tenant: string,
    batch: readonly Activity[],
    restarted: () => Promise<void>,
  ): Promise<void> {
    for (const { messageId } of batch) sent.add(`${tenant}/${messageId}`);
    const verdicts = await insist({ kind: 'activities', tenant, activities: batch }, restarted);
    for (const [index, verdict] of (verdicts as WrittenVerdict[]).entries()) {
      const key = `${tenant}/${batch[index]?.messageId}`;
      const before = acknowledged.get(key);
      assert.notEqual(verdict.status, 'failed');
      if (!isStoreOff)
        assert.equal(before ?? verdict.id, verdict.id, 'a message keeps the id it was acknowledged with');
      if (before === undefined) acknowledged.set(key, verdict.id);
    }
  }

  test(`after ${KILLS} kills nothing acknowledged is lost and every message is counted once`, async (context) => {
    victim = startVictim({ directory: directory.path, storeTimeoutMs: LIFE_MS });
    await victim.ready;
    for (const tenant of TENANTS) await victim.ask({ kind: 'type', tenant, name: 'Watch Video' });
    let isEnding = false;
    let up = Promise.resolve();
    const faults: unknown[] = [];
    const send = async (tenant: string): Promise<void> => {
      while (!isEnding) {
        await deliver(tenant, newBatch(tenant), () => up);
        const who = { kind: 'known', externalId: `person-${below(50)}` } as const;
        const device = { kind: 'anonymous', anonymousId: `device-${who.externalId}` } as const;
        const update = {
          identity: who,
          email: `${who.externalId}@x.org`,
          traits: { n: below(9) },
          links: [device],
          at: NOW + below(1e6),
        };
        await insist({ kind: 'leads', tenant, updates: [update] }, () => up);
        // While the store is off, the log alone would take thousands.
        if (isStoreOff) await sleep(20);
      }
    };
    const senders = Array.from({ length: 6 }, (_, n) =>
      send(TENANTS[n % TENANTS.length] ?? '').catch((fault: unknown) => {
        faults.push(fault);
        isEnding = true;
      }),
    );
    /** Waits until so many more messages are acknowledged, and a moment more: kills hit work, however slow the machine. */
    const untilMore = async (count: number): Promise<void> => {
      const wanted = acknowledged.size + count;
      await until('messages are acknowledged', () => acknowledged.size >= wanted || isEnding, LIFE_MS);
      await sleep(next() * 20);
    };
    let replays = 0;
    let torn = 0;
    try {
      for (let kill = 0; kill < KILLS && faults.length === 0; kill += 1) {
        await untilMore(below(40));
        up = (async () => {
          await victim.kill();
          if (kill % 4 === 1) {
            // As if the power had gone in the middle of a write: the end of the log is half a record.
            const segments = (await readdir(join(directory.path, 'log')))
              .filter((name) => name.endsWith('.log'))
              .sort();
            await appendFile(
              join(directory.path, 'log', segments.at(-1) ?? ''),
              Buffer.from([0, 0, 1, 0, 9, 9, 9, 9, 1, 2, 3]),
            );
          }
          if (kill % 5 === 2) {
            // Killed while it starts and recovers, too.
            victim = startVictim({ directory: directory.path, storeTimeoutMs: LIFE_MS });
            await sleep(150 + next() * 500);
            await victim.kill();
          }
          victim = startVictim({ directory: directory.path, storeTimeoutMs: LIFE_MS });
          const start = await victim.ready;
          replays += start.replayed;
          torn += start.tornBytes > 0 ? 1 : 0;
          // Every third time the store is off until the next kill: only the log can bring back what is acknowledged then.
          isStoreOff = kill % 3 === 0 && kill + 1 < KILLS;
          if (isStoreOff) await victim.ask({ kind: 'store', tenant: TENANTS[0] ?? '', isDown: true });
        })();
        await up;
      }
      await until('enough was sent', () => sent.size > 500 || isEnding, LIFE_MS);
      isEnding = true;
      await Promise.all(senders);
      assert.deepEqual(faults, []);
      await victim.ask({ kind: 'close', tenant: 'crash-a' });
      await victim.exit;
    } finally {
      isOver = true;
      isEnding = true;
      await victim.kill();
    }
    assert.ok(replays > 0, 'recovery had something to do');
    assert.ok(torn > 0, 'a torn end was met');
    assert.equal(acknowledged.size, sent.size);
    context.diagnostic(`${sent.size} messages; ${replays} records replayed; ${torn} torn ends`);

    await withDatabase(checkStore);
    await checkLog();
  });

  test('killed several times while it is rebuilt, a lost database comes back from the log as it was', async () => {
    const database = join(directory.path, 'pglite');
    const live = await withDatabase(dump);
    await rm(database, { recursive: true });
    for (const share of [0.1, 0.3, 0.6]) {
      let reached: () => void = () => {};
      const isReached = new Promise<void>((resolve) => {
        reached = resolve;
      });
      victim = startVictim({
        directory: directory.path,
        storeTimeoutMs: LIFE_MS,
        onProgress: (done, total) => done / total >= share && reached(),
      });
      await Promise.race([isReached, victim.ready]);
      await victim.kill();
    }
    victim = startVictim({ directory: directory.path, storeTimeoutMs: LIFE_MS });
    await victim.ready;
    await victim.ask({ kind: 'close', tenant: 'crash-a' });
    await victim.exit;
    await withDatabase(async (db) => {
      assertSame(await dump(db), live);
      await checkStore(db);
    });
  });

  async function withDatabase<T>(work: (db: Db) => Promise<T>): Promise<T> {
    const db = await openPglite(join(directory.path, 'pglite'));
    return work(db).finally(() => db.close());
  }

  async function checkStore(db: Db): Promise<void> {
    const rows = await db.query<{ tenant_id: string; message_id: string; hash: string }>(
      'SELECT tenant_id, message_id, hash FROM activities',
    );
    assert.equal(rows.length, sent.size, 'each message is one row');
    const stored = new Set(rows.map((row) => `${row.tenant_id}/${row.message_id}`));
    assert.deepEqual(
      [...acknowledged.keys()].filter((key) => !stored.has(key)),
      [],
      'everything acknowledged is there',
    );

    // The roll-ups against a plain recount of the rows.
    const recount = await db.query(
      `SELECT tenant_id, occurred_at - occurred_at % 3600000 AS hour, type, coalesce(campaign_id, '') AS campaign, channel, is_bot,
         count(*) AS activities,
         count(*) FILTER (WHERE type IN ('Complete Order', 'Watch Video')) AS conversions,
         coalesce(sum(((attributes ->> 'revenue')::numeric * 1000000)::int8) FILTER (WHERE type IN ('Complete Order', 'Watch Video')), 0)::int8 AS revenue
       FROM activities GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6`,
    );
    const rollUp = await db.query(
      `SELECT tenant_id, hour, type, campaign, channel, is_bot, sum(activities)::int8 AS activities,
         sum(conversions)::int8 AS conversions, sum(revenue_micros)::int8 AS revenue
       FROM metrics_hourly GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6`,
    );
    assert.deepEqual(rollUp, recount);
    const sends = await db.query(
      `SELECT tenant_id, coalesce(campaign_id, '') AS campaign, coalesce(asset_id, '') AS asset, lead_key,
         coalesce(min(occurred_at) FILTER (WHERE type = 'Send Email'), min(occurred_at)) AS sent_at,
         bool_or(type = 'Email Delivered') AS delivered, bool_or(type = 'Email Bounced') AS hard_bounced,
         bool_or(type = 'Open Email') AS opened, bool_or(type = 'Open Email' AND NOT is_bot) AS opened_by_people,
         bool_or(type = 'Click Email') AS clicked
       FROM activities WHERE type LIKE '%Email%' GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4`,
    );
    const judged = await db.query(
      `SELECT tenant_id, campaign, asset, lead_key, sent_at, delivered, hard_bounced, opened, opened_by_people, clicked
       FROM email_sends ORDER BY 1, 2, 3, 4`,
    );
    assert.deepEqual(judged, sends);
  }

  /** As deepEqual, but names the first row that differs instead of thousands. */
  function assertSame(found: Record<string, string[]>, expected: Record<string, string[]>): void {
    for (const [table, rows] of Object.entries(expected)) {
      const index = rows.findIndex((row, place) => found[table]?.[place] !== row);
      assert.equal(found[table]?.[index], rows[index], table);
      assert.equal(found[table]?.length, rows.length, table);
    }
  }

  /** Log and store agree: the same messages, and of each the same body. */
  async function checkLog(): Promise<void> {
    const log = await openFileLog({ dir: join(directory.path, 'log') });
    const first = new Map<string, string>();
    for await (const batch of log.read(0, 0, new AbortController().signal))
      for (const { tenantId, record } of batch) {
        if (record.kind !== 'activity') continue;
        const key = `${tenantId}/${record.activity.messageId}`;
        if (!first.has(key)) first.set(key, record.activity.id);
      }
    await log.close();
    assert.deepEqual(new Map([...first].sort()), new Map([...acknowledged].sort()));
  }
});
