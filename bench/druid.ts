// What figures cost on a real Druid, and how fast it reads: `node bench/druid.ts`, told the engines as a test run is
// (test/support/engines.ts). With `DRUID_PID`, the CPU of that process too. The cost: KPI by campaign through our
// adapter against the same SQL sent to the broker by a client that does nothing else, by turns in one run. Times
// depend on what else the machine does; ratios much less.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import { selectHours } from '../src/datasources/activity-metrics/druid/activities.ts';
import { createDruidMetrics } from '../src/datasources/activity-metrics/druid/adapter.ts';
import { openDruid } from '../src/datasources/activity-metrics/druid/client.ts';
import { ensureDruid, retireDruid } from '../src/datasources/activity-metrics/druid/setup.ts';
import type { AggregatePlan } from '../src/datasources/activity-metrics/port.ts';
import type { Tenant } from '../src/domain/tenant.ts';
import { publishAll } from '../test/support/druid.ts';
import { engine } from '../test/support/engines.ts';
import { kafkaTopics } from '../test/support/kafka.ts';
import { ACTIVITIES, DAYS, NOW, openLoad, PARTITIONS, TENANTS } from './druid-load.ts';

const DAY = 86_400_000;
const ALONE = 150;
const ROUNDS = 6;
const ROUND_MS = 5_000;
const PROBES = 200;
const signal = AbortSignal.timeout(3_000_000);
const topics = await kafkaTopics(PARTITIONS);
const config = {
  brokerUrl: engine('druid'),
  coordinatorUrl: engine('druid-coordinator'),
  prefix: `bench${process.pid}_`,
};
const pid = process.env['DRUID_PID'];
/** User and system time of Druid's process, in seconds. */
const cpuOfDruid = (): number => {
  if (!pid) return Number.NaN;
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
};
const at = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
const spread = (times: readonly number[]): string => {
  const sorted = times.toSorted((a, b) => a - b);
  return `p50 ${at(sorted, 0.5).toFixed(1)} ms, p99 ${at(sorted, 0.99).toFixed(1)} ms`;
};
const median = (values: readonly number[]): number =>
  at(
    values.toSorted((a, b) => a - b),
    0.5,
  );

const load = openLoad(topics.kafka);
const druid = openDruid({ ...config, timeoutMs: 60_000 });
const countOf = async (source: string, column: string): Promise<number> => {
  const text = `SELECT ${column} FROM "${config.prefix}${source}" WHERE tenant <> '~schema'`;
  return Number((await druid.sql(text, 'light', signal))[0]?.[0] ?? 0);
};
const COUNTS = { hours: 'SUM(activities)', details: 'COUNT(*)', emails: 'SUM("messages")' } as const;

/** From a full topic: how many activities a second come into each data source, all three side by side. */
async function drain(): Promise<void> {
  await load.produce(0, ACTIVITIES);
  const total = ACTIVITIES * TENANTS.length;
  const cpu = cpuOfDruid();
  await ensureDruid(config, { kafka: topics.kafka, taskDuration: 'PT2H' }, signal);
  const ended = await Promise.all(
    Object.entries(COUNTS).map(async ([source, column]) => {
      const expected = source === 'emails' ? (total * 4) / 6 : total;
      let first: { at: number; count: number } | undefined;
      for (;;) {
        const count = await countOf(source, column);
        const now = performance.now();
        if (count > 0) first ??= { at: now, count };
        if (first && count >= expected) {
          const seconds = (now - first.at) / 1_000;
          console.log(`${source}: ${Math.round((count - first.count) / seconds)} a second, ${count} in all`);
          return now;
        }
        // Seldom: counting takes time from reading.
        await sleep(5_000);
      }
    }),
  );
  const used = ((cpuOfDruid() - cpu) / total) * 1e6;
  console.log(
    `all three after ${(Math.max(...ended) / 1_000).toFixed(0)} s of this run; CPU of Druid ${used.toFixed(0)} µs an activity`,
  );
}

const planOf = (campaigns: readonly string[]): AggregatePlan & { dataset: 'activities' } => ({
  dataset: 'activities',
  measures: ['activities', 'visits', 'conversions', 'revenueMicros'],
  dimensions: ['campaign'],
  filters: campaigns.length > 0 ? [{ dimension: 'campaign', values: campaigns, negate: false }] : [],
  buckets: null,
  includeBots: true,
  from: NOW - (NOW % DAY) - DAYS * DAY,
  to: NOW - (NOW % DAY) + DAY,
  maxGroups: 1_000,
});

/** From the call that sends an activity until the figure of its campaign has it. */
async function freshness(name: string): Promise<void> {
  const [tenant] = TENANTS;
  if (!tenant) return;
  const times: number[] = [];
  for (let n = 0; n < PROBES; n++) {
    const campaign = `probe-${name}-${n}`;
    const began = performance.now();
    await load.probe(tenant.id, campaign, ACTIVITIES - 1);
    const query = String(selectHours({ prefix: config.prefix, tenant }, planOf([campaign])));
    while ((await druid.sql(query, 'light', signal)).length === 0);
    times.push(performance.now() - began);
    await sleep(20);
  }
  console.log(`sent to queryable, ${name}: ${spread(times)}`);
}

const metrics = createDruidMetrics({ ...config, kafka: topics.kafka });
const broker = new Pool(config.brokerUrl, { connections: 32 });
const bare = async (tenant: Tenant): Promise<number> => {
  const query = String(selectHours({ prefix: config.prefix, tenant }, planOf([])));
  const { body } = await broker.request({
    path: '/druid/v2/sql',
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      query,
      resultFormat: 'array',
      context: { useCache: false, useResultLevelCache: false },
    }),
  });
  return ((await body.json()) as unknown[]).length;
};
const ours = async (tenant: Tenant): Promise<number> =>
  (await metrics.aggregate(tenant, planOf([]), signal)).rows.length;
const SIDES = { bare, ours };
type Side = keyof typeof SIDES;

async function timed(side: Side, n: number): Promise<number> {
  const tenant = TENANTS[n % TENANTS.length] as Tenant;
  const began = performance.now();
  if ((await SIDES[side](tenant)) === 0) throw new Error('no figures');
  return performance.now() - began;
}

/** One call at a time, by turns. */
async function alone(): Promise<void> {
  const times: Record<Side, number[]> = { bare: [], ours: [] };
  for (let n = 0; n < 20; n++) await timed(n % 2 === 0 ? 'bare' : 'ours', n);
  for (let n = 0; n < ALONE; n++)
    for (const side of n % 2 === 0 ? (['bare', 'ours'] as const) : (['ours', 'bare'] as const))
      times[side].push(await timed(side, n));
  console.log(`concurrency 1: bare ${spread(times.bare)}; ours ${spread(times.ours)}`);
  const pairs = times.ours.map((time, index) => time / (times.bare[index] ?? Number.NaN));
  console.log(
    `concurrency 1: ratio of p50 ${(median(times.ours) / median(times.bare)).toFixed(2)}, median of pairs ${median(pairs).toFixed(2)}`,
  );
}

/** Many callers, for some seconds the one way, then the other. */
async function crowd(callers: number): Promise<void> {
  const ratios: number[] = [];
  const cpus: number[] = [];
  const times: Record<Side, number[]> = { bare: [], ours: [] };
  const rate = async (side: Side): Promise<{ perSecond: number; cpu: number }> => {
    const began = performance.now();
    const cpu = cpuOfDruid();
    let done = 0;
    const call = async (caller: number): Promise<void> => {
      for (let n = caller; performance.now() - began < ROUND_MS; n++) {
        times[side].push(await timed(side, n));
        done += 1;
      }
    };
    await Promise.all(Array.from({ length: callers }, (_, caller) => call(caller)));
    return { perSecond: (done / (performance.now() - began)) * 1_000, cpu: (cpuOfDruid() - cpu) / done };
  };
  const rates: Record<Side, number[]> = { bare: [], ours: [] };
  for (let round = 0; round < ROUNDS; round++) {
    const order: readonly Side[] = round % 2 === 0 ? ['bare', 'ours'] : ['ours', 'bare'];
    const found = {} as Record<Side, { perSecond: number; cpu: number }>;
    for (const side of order) found[side] = await rate(side);
    for (const side of order) rates[side].push(found[side].perSecond);
    ratios.push(found.bare.perSecond / found.ours.perSecond);
    cpus.push(found.ours.cpu / found.bare.cpu);
  }
  console.log(
    `concurrency ${callers}: bare ${median(rates.bare).toFixed(1)} a second, ${spread(times.bare)}; ours ${median(rates.ours).toFixed(1)} a second, ${spread(times.ours)}`,
  );
  console.log(
    `concurrency ${callers}: ratio of throughput ${median(ratios).toFixed(2)} (${ratios.map((ratio) => ratio.toFixed(2)).join(' ')}), of Druid's CPU ${median(cpus).toFixed(2)}`,
  );
}

try {
  await drain();
  await freshness('quiet');
  const stop = new AbortController();
  const busy = (async () => {
    for (let n = ACTIVITIES; !stop.signal.aborted; n += 100) {
      await load.produce(n, n + 100);
      await sleep(100);
    }
  })();
  await freshness('busy');
  stop.abort();
  await busy;
  await metrics.untilAvailable(signal);
  console.log('as tasks have read it:');
  await alone();
  await crowd(32);
  await publishAll(druid, config.prefix, signal);
  console.log('published:');
  await alone();
  await crowd(32);
} finally {
  await Promise.all([metrics.close(), druid.close(), load.close(), broker.close()]);
  await retireDruid(config, AbortSignal.timeout(120_000));
  await topics.remove();
}
