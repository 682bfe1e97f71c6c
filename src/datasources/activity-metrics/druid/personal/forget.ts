import { randomBytes } from 'node:crypto';
import { C, F, L, SqlExpression, type SqlQuery } from 'druid-query-toolkit';
import type { Erasure } from '../../../../domain/erasure.ts';
import type { LeadKey } from '../../../../domain/lead.ts';
import type { Tenant } from '../../../../domain/tenant.ts';
import { type DruidClient, type DruidRow, druidUnavailable } from '../client.ts';
import type { Period } from '../observer.ts';
import { endOf, expectedSegments, type Granularity, PERIODS, type Segment } from '../segments.ts';
import { DATA_SOURCES, type DataSource, type Ingestion } from '../specs.ts';
import { EARLIEST, groupedBy, LATEST, rowsOf } from '../sql.ts';
import { publish, untilRead } from '../status.ts';
import { runTask } from '../task.ts';
import { killSpec, type PersonalSource, rewriteSpec } from './specs.ts';

export type ForgetParts = {
  readonly druid: DruidClient;
  readonly prefix: string;
  /** Of `details`. */
  readonly segmentGranularity: Ingestion['segmentGranularity'];
  /** Where the topic ends now, by partition. */
  ends(): Promise<ReadonlyMap<string, number>>;
  /** Rows of a query over all times, whose answer is of everything. */
  all(source: DataSource, tenant: Tenant, query: SqlQuery, signal: AbortSignal): Promise<DruidRow[]>;
};

const SOURCES = ['details', 'emails'] as const satisfies readonly PersonalSource[];
/** How far the clocks of two processes may differ, in milliseconds, twice over. */
const CLOCKS_MS = 5_000;
/** Rows that arrive while others are removed need one more round. */
const ROUNDS = 3;
/** Segments that one task replaces. */
const MAX_CHUNKS = 31;

/**
 * Removes a person from Druid: every row that the topic has now, but for activities received after the erasure. First tasks publish what they have read. Then segments
 * with rows of the person are written again without them, and the files of old segments are deleted. Safe to repeat.
 */
export async function forgetLeads(
  parts: ForgetParts,
  tenant: Tenant,
  { leads, at }: Erasure,
  signal: AbortSignal,
): Promise<void> {
  if (leads.length === 0) return;
  const { druid, prefix } = parts;
  const ends = await parts.ends();
  for (const source of DATA_SOURCES) await untilRead(druid, prefix + source, ends, signal);
  const until = at + CLOCKS_MS;
  const nobodies = new Map(leads.map((lead) => [lead, randomBytes(16).toString('base64url')]));
  for (const source of SOURCES) {
    const name = prefix + source;
    const segmentGranularity = source === 'emails' ? 'MONTH' : parts.segmentGranularity;
    for (let round = 0; ; round += 1) {
      const chunks = await chunksWith(parts, source, tenant, { leads, until }, segmentGranularity, signal);
      if (chunks.length === 0) break;
      if (round === ROUNDS)
        throw druidUnavailable(new Error(`${name} keeps getting rows of an erased person`));
      await publish(druid, name, signal);
      const forgotten = { tenantId: tenant.id, nobodies, until };
      // All months of sends at once: a send of two months keeps one key after a crash, too.
      const atOnce = source === 'emails' ? chunks.length : MAX_CHUNKS;
      for (let at = 0; at < chunks.length; at += atOnce)
        await runTask(
          druid,
          rewriteSpec({
            prefix,
            source,
            segmentGranularity,
            chunks: chunks.slice(at, at + atOnce),
            forgotten,
          }),
          signal,
        );
    }
    await dropReplaced(druid, name, signal);
  }
}

/** The segments' times with rows of the person, whether they are published or not. */
async function chunksWith(
  { prefix, all }: ForgetParts,
  source: PersonalSource,
  tenant: Tenant,
  { leads, until }: { readonly leads: readonly LeadKey[]; readonly until: number },
  granularity: Granularity,
  signal: AbortSignal,
): Promise<Period[]> {
  const received = C('receivedAt');
  const rows = rowsOf({ prefix, tenant }, source, EARLIEST, LATEST).addWhere(
    SqlExpression.and(
      C('lead').in([...leads]),
      // A send is one row for all of its time.
      source === 'details' ? received.isNull().or(received.lessThanOrEqual(L(until))) : undefined,
    ),
  );
  const start = F('TIMESTAMP_TO_MILLIS', F('TIME_FLOOR', C('__time'), PERIODS[granularity]));
  const found = await all(source, tenant, groupedBy(rows, [['b', start]]), signal);
  return found
    .map(([value]) => Number(value))
    .sort((one, other) => one - other)
    .map((from) => ({ from, to: endOf(from, granularity) }));
}

/** Deletes the files of segments that others have replaced. */
async function dropReplaced(druid: DruidClient, name: string, signal: AbortSignal): Promise<void> {
  const published = [...(await expectedSegments(druid, name, signal))].filter(
    ([, segment]) => segment.isPublished,
  );
  const isReplacedBy = (one: Segment, { start, end, version }: Segment): boolean =>
    version > one.version && start <= one.start && end >= one.end;
  const replaced = published.filter(([, one]) => published.some(([, other]) => isReplacedBy(one, other)));
  if (replaced.length > 0)
    await druid.call(
      {
        at: 'coordinator',
        path: `/druid/coordinator/v1/datasources/${encodeURIComponent(name)}/markUnused`,
        json: { segmentIds: replaced.map(([id]) => id) },
      },
      signal,
    );
  await runTask(druid, killSpec(name, { from: EARLIEST, to: LATEST }), signal);
}
