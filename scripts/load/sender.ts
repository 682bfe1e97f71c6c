import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import type { Random } from '../../src/demo/random.ts';
import { createLatencies, type Latencies } from './latencies.ts';
import { batchOf, type Traffic } from './traffic.ts';

/** A tenant of a load. */
type LoadTenant = {
  readonly id: string;
  /** The `Authorization` header. */
  readonly authorization: string;
  /** Its share of the traffic, relative to others'. */
  readonly weight: number;
};

export type LoadOptions = {
  readonly url: string;
  readonly traffic: Traffic;
  readonly tenants: readonly LoadTenant[];
  /** Events a second, of all tenants. */
  readonly rate: number;
  readonly seconds: number;
  /** Batches of each tenant that were sent before: numbers go on from there. */
  readonly from?: ReadonlyMap<string, number>;
  /** Share of the batches that are sent again after they were acknowledged: once, and four times more. */
  readonly twice?: number;
  readonly fiveTimes?: number;
  /** Share of these repeats that are left for `repeats`, to be sent later. */
  readonly deferred?: number;
  readonly connections?: number;
  /** Draws the times between requests (a Poisson process, as of many senders); without, all are the same. */
  readonly arrivals?: Random;
  /** Whether refused requests are dropped instead of retried until they are acknowledged. */
  readonly givesUp?: boolean;
  /** Time not to be counted, at the start, in seconds: the runtimes warm up. */
  readonly warmUpSeconds?: number;
  readonly onSecond?: (progress: Progress) => void;
};

export type Progress = {
  readonly second: number;
  readonly acknowledged: number;
  readonly underWay: number;
  /** Of the requests that were acknowledged since the last progress, the longest, in milliseconds. */
  readonly longestMs: number;
};

/** A batch to be sent again. */
type RepeatBatch = { readonly tenant: LoadTenant; readonly index: number };

type TenantOutcome = {
  /** Numbers of the batches that were acknowledged. */
  readonly acknowledged: ReadonlySet<number>;
  /** Answers to come back later, and lost connections. */
  refused: number;
  /** From when a request was due until it was acknowledged. */
  readonly latencies: Latencies;
  next: number;
};

export type LoadOutcome = {
  readonly tenants: ReadonlyMap<string, TenantOutcome>;
  readonly repeats: readonly RepeatBatch[];
  /** Events acknowledged for the first time, a second, after the warm-up. */
  readonly rate: number;
  readonly latencies: Latencies;
  /** CPU of this process for one event, in microseconds. */
  readonly cpuMicros: number;
};

const TICK_MS = 5;
const RETRY_MS = 200;
const MAX_RETRY_MS = 10_000;
/** How long after the end a batch that is refused is sent again. */
const GRACE_MS = 60_000;

/**
 * Sends at a steady rate, independent of answers (an open loop). A request's time counts from when it was due, so a
 * stalled server can't hide it. Refused and lost requests are retried until they are acknowledged, unless `givesUp`.
 */
export async function runLoad(options: LoadOptions): Promise<LoadOutcome> {
  const { traffic, tenants, rate, seconds, twice = 0, fiveTimes = 0, deferred = 0 } = options;
  const pool = new Pool(options.url, { connections: options.connections ?? 256, pipelining: 1 });
  const outcomes = new Map(
    tenants.map(({ id }): [string, TenantOutcome & { acknowledged: Set<number> }] => [
      id,
      {
        acknowledged: new Set(),
        refused: 0,
        latencies: createLatencies(),
        next: options.from?.get(id) ?? 0,
      },
    ]),
  );
  const latencies = createLatencies();
  const repeats: RepeatBatch[] = [];
  const turn = createTurns(tenants);
  const cpu = process.cpuUsage();
  const begun = performance.now();
  const warm = begun + (options.warmUpSeconds ?? 0) * 1_000;
  const end = begun + seconds * 1_000;
  let acknowledged = 0;
  let counted = 0;
  let underWay = 0;
  let longestMs = 0;
  const pending = new Set<Promise<void>>();

  /** @returns whether it is acknowledged */
  const deliver = async (tenant: LoadTenant, index: number): Promise<boolean> => {
    const body = batchOf(traffic, index);
    for (let attempt = 0; ; attempt += 1) {
      const wait = await post(pool, tenant, body);
      if (wait < 0) return true;
      const outcome = outcomes.get(tenant.id);
      if (outcome) outcome.refused += 1;
      if (options.givesUp) return false;
      if (performance.now() > end + GRACE_MS)
        throw new Error(`batch ${index} of ${tenant.id} was never taken`);
      await sleep(Math.min(MAX_RETRY_MS, Math.max(wait, RETRY_MS * 2 ** Math.min(attempt, 5))));
    }
  };

  const send = async (tenant: LoadTenant, index: number, due: number): Promise<void> => {
    if (!(await deliver(tenant, index))) return;
    const now = performance.now();
    const outcome = outcomes.get(tenant.id);
    outcome?.acknowledged.add(index);
    acknowledged += traffic.batchSize;
    longestMs = Math.max(longestMs, now - due);
    if (due >= warm) {
      latencies.add(now - due);
      outcome?.latencies.add(now - due);
    }
    if (now >= warm && now <= end) counted += traffic.batchSize;
    // The same few batches of every hundred, whatever the timing.
    const draw = ((index * 61) % 100) / 100;
    const times = draw < fiveTimes ? 4 : draw < fiveTimes + twice ? 1 : 0;
    for (let time = 0; time < times; time += 1)
      if (time / times < deferred || (times === 1 && (index % 100) / 100 < deferred))
        repeats.push({ tenant, index });
      else await deliver(tenant, index);
  };

  const track = (work: Promise<void>): void => {
    underWay += 1;
    const tracked = work.finally(() => {
      underWay -= 1;
      pending.delete(tracked);
    });
    pending.add(tracked);
  };
  let failure: unknown;
  let nextSecond = 1;
  const interval = (traffic.batchSize / rate) * 1_000;
  const gap = (): number => interval * (options.arrivals ? -Math.log(1 - options.arrivals.next()) : 1);
  let due = begun;
  for (let now = begun; now < end && failure === undefined; now = performance.now()) {
    for (; due <= now; due += gap()) {
      const tenant = turn();
      const outcome = outcomes.get(tenant.id);
      if (!outcome) break;
      track(
        send(tenant, outcome.next, due).catch((error: unknown) => {
          failure ??= error;
        }),
      );
      outcome.next += 1;
    }
    if (now - begun > nextSecond * 1_000) {
      options.onSecond?.({ second: nextSecond, acknowledged, underWay, longestMs });
      longestMs = 0;
      nextSecond += 1;
    }
    await sleep(TICK_MS);
  }
  await Promise.all(pending);
  await pool.close();
  if (failure !== undefined) throw failure;
  const { user, system } = process.cpuUsage(cpu);
  return {
    tenants: outcomes,
    repeats,
    rate: counted / (seconds - (options.warmUpSeconds ?? 0)),
    latencies,
    cpuMicros: (user + system) / acknowledged,
  };
}

/** @returns -1 when it was acknowledged, else how long the server says to wait, in milliseconds */
async function post(pool: Pool, { authorization }: LoadTenant, body: Buffer): Promise<number> {
  let status: number;
  try {
    const answer = await pool.request({
      path: '/v1/batch',
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body,
    });
    await answer.body.dump();
    status = answer.statusCode;
    if (status === 429 || status >= 500) return Number(answer.headers['retry-after'] ?? 0) * 1_000;
  } catch {
    // The server is away, or the connection broke: nobody knows whether it was taken.
    return 0;
  }
  if (status !== 200) throw new Error(`a batch was answered ${status}`);
  return -1;
}

/** Sends batches again, a few at a time, each until it is acknowledged. */
export async function sendAgain(
  options: Pick<LoadOptions, 'url' | 'traffic'>,
  repeats: readonly RepeatBatch[],
): Promise<void> {
  const byTenant = Map.groupBy(repeats, ({ tenant }) => tenant);
  for (const [tenant, own] of byTenant) {
    const pool = new Pool(options.url, { connections: 8, pipelining: 1 });
    const queue = [...own];
    const work = async (): Promise<void> => {
      for (let next = queue.pop(); next; next = queue.pop())
        while ((await post(pool, tenant, batchOf(options.traffic, next.index))) >= 0) await sleep(RETRY_MS);
    };
    await Promise.all(Array.from({ length: 8 }, work));
    await pool.close();
  }
}

/** Tenants in turn, each as often as its weight says (smooth weighted round robin, as in nginx). */
function createTurns(tenants: readonly LoadTenant[]): () => LoadTenant {
  const total = tenants.reduce((sum, { weight }) => sum + weight, 0);
  const current = tenants.map(() => 0);
  return () => {
    let best = 0;
    tenants.forEach(({ weight }, index) => {
      current[index] = (current[index] ?? 0) + weight;
      if ((current[index] ?? 0) > (current[best] ?? 0)) best = index;
    });
    current[best] = (current[best] ?? 0) - total;
    return tenants[best] as LoadTenant;
  };
}

/** Weights after Zipf: the k-th of them has 1/k^skew of the first. */
export const zipf = (count: number, skew: number): number[] =>
  Array.from({ length: count }, (_, index) => 1 / (index + 1) ** skew);
