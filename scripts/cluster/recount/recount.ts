import { uniqueTopic } from '../../../src/datasources/activity-log/kafka/config.ts';
import { openFetcher } from '../../../src/datasources/activity-log/kafka/fetch.ts';
import type { DruidMetrics } from '../../../src/datasources/activity-metrics/druid/adapter.ts';
import type { DruidClient } from '../../../src/datasources/activity-metrics/druid/client.ts';
import {
  type Figures,
  figuresOf,
  tenantsOf,
} from '../../../src/datasources/activity-metrics/druid/recount/figures-of.ts';
import { DATA_SOURCES } from '../../../src/datasources/activity-metrics/druid/specs.ts';
import { untilRead } from '../../../src/datasources/activity-metrics/druid/status.ts';
import { topicEnds } from '../../../src/datasources/activity-metrics/druid/topic.ts';
import { isTenantId, verifyTenant } from '../../../src/domain/tenant.ts';
import { countInSpark, type SparkSettings } from './job.ts';

export type RecountParts = SparkSettings & {
  readonly druid: DruidClient;
  readonly metrics: Pick<DruidMetrics, 'all'>;
  /** Begins the names of Druid's data sources. */
  readonly prefix: string;
};

/** A figure that Druid has otherwise than the topic. */
type Difference = {
  readonly tenant: string;
  readonly figure: string;
  readonly counted: bigint;
  readonly druid: bigint;
};

export type Recount = {
  readonly tenants: number;
  readonly figures: number;
  /** By tenant and figure. */
  readonly differences: readonly Difference[];
};

const DAY_MS = 86_400_000;
/** Activities of the day that arrive meanwhile move figures: then all is counted again. */
const ROUNDS = 3;

/**
 * Counts a day in UTC again, from the topic `unique`, and compares every figure of Druid. Druid is asked before and
 * after the count. A figure that is the same both times did not move meanwhile, so it has to be the counted one.
 * @param day its start, epoch milliseconds
 * @param only this tenant, where given
 * @throws Error when the topic no longer has all of the day, when the figures keep moving, or when an engine is away
 */
export async function recountDay(
  parts: RecountParts,
  day: number,
  only: string | undefined,
  signal: AbortSignal,
): Promise<Recount> {
  const period = { from: day, to: day + DAY_MS };
  for (let round = 0; round < ROUNDS; round += 1) {
    const asOf = Date.now();
    const before = await figuresInDruid(parts, period, asOf, signal);
    const ends = await wholeTopic(parts, day);
    const counted = await countInSpark(parts, { ...period, ends }, asOf, signal);
    const read = await topicEnds(parts.kafka);
    for (const source of DATA_SOURCES) await untilRead(parts.druid, parts.prefix + source, read, signal);
    const after = await figuresInDruid(parts, period, asOf, signal);
    const tenants = [...new Set([...before.keys(), ...counted.keys(), ...after.keys()])]
      .filter((tenant) => only === undefined || tenant === only)
      .sort();
    const differences: Difference[] = [];
    let [figures, isMoving] = [0, false];
    for (const tenant of tenants)
      for (const figure of namesIn([before, counted, after], tenant)) {
        const [first, own, last] = [before, counted, after].map((all) => all.get(tenant)?.get(figure) ?? 0n);
        figures += 1;
        if (own === last) continue;
        if (first !== last) isMoving = true;
        differences.push({ tenant, figure, counted: own ?? 0n, druid: last ?? 0n });
      }
    if (!isMoving) return { tenants: tenants.length, figures, differences };
  }
  throw new Error('The figures of the day keep moving: activities of it still arrive. Count it again later.');
}

type ByTenant = ReadonlyMap<string, Figures>;

const namesIn = (all: readonly ByTenant[], tenant: string): string[] =>
  [...new Set(all.flatMap((one) => [...(one.get(tenant)?.keys() ?? [])]))].sort();

async function figuresInDruid(
  { druid, metrics, prefix }: RecountParts,
  period: { readonly from: number; readonly to: number },
  asOf: number,
  signal: AbortSignal,
): Promise<ByTenant> {
  const tenants = (await tenantsOf(druid, prefix, period, signal)).filter(isTenantId);
  const found = new Map<string, Figures>();
  for (const id of tenants)
    found.set(id, await figuresOf(metrics, { prefix, tenant: verifyTenant(id) }, period, asOf, signal));
  return found;
}

const LIMITS = { maxWaitMs: 1_000, maxBytes: 1024 * 1024, maxPartitionBytes: 1024 * 1024 };

/**
 * Where the topic ends, by partition.
 * @throws Error when it no longer has everything that was received since `from`, epoch milliseconds
 */
export async function wholeTopic(
  { kafka }: Pick<RecountParts, 'kafka'>,
  from: number,
): Promise<Readonly<Record<string, number>>> {
  const fetcher = openFetcher(kafka, uniqueTopic(kafka));
  try {
    const bounds = await fetcher.bounds();
    for (const [partition, { first, end }] of bounds) {
      if (first === 0 || first >= end) continue;
      const [fetched] = await fetcher.fetch(new Map([[partition, first]]), LIMITS);
      const began = (fetched?.messages ?? [])
        .map(({ value }) => Number(JSON.parse(String(value)).record?.activity?.receivedAt))
        .find((time) => !Number.isNaN(time));
      if (began === undefined || began > from)
        throw new Error(
          `The topic no longer has all activities since ${new Date(from).toISOString()}: they were dropped by age.`,
        );
    }
    return Object.fromEntries([...bounds].map(([partition, { end }]) => [partition, end]));
  } finally {
    await fetcher.close();
  }
}
