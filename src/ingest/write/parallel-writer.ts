import type { ActivityLog } from '../../datasources/activity-log/port.ts';
import {
  type ActivityReads,
  type ActivityRows,
  repeatOf,
  type WriteVerdict,
} from '../../datasources/activity-store/port.ts';
import type { FailedActivities } from '../../datasources/failed-activities/port.ts';
import type { Activity, LogRecord } from '../../domain/activity.ts';
import { hashOfId } from '../../domain/ids.ts';
import { assertTenant, type Tenant } from '../../domain/tenant.ts';
import { createBreaker } from '../../lib/breaker.ts';
import { DomainError } from '../../lib/errors.ts';
import { createDebts } from './debts.ts';
import { keepConflicts } from './failed-records.ts';
import { createRecentIds } from './recent-ids.ts';
import { asUnavailable, writingOthers } from './write-answers.ts';
import { createWriteLanes, type QueueLimits, type SubmitOptions, type Turn } from './write-lanes.ts';
import { createOtherWrites, isOther } from './write-others.ts';
import type { Outcome } from './write-steps.ts';
import type { Writer } from './writer-port.ts';

export type ParallelWriterOptions = {
  readonly log: ActivityLog;
  readonly store: ActivityRows & Pick<ActivityReads, 'customTypes'>;
  /** Tells repeats of messages that were settled already, by `messageHash`. */
  readonly settled: (
    tenant: Tenant,
    hashes: readonly string[],
    signal: AbortSignal,
  ) => Promise<ReadonlyMap<string, Said>>;
  /** Where conflicts go that are known before they are written. */
  readonly failures: Pick<FailedActivities, 'put'>;
  readonly limits?: Partial<ParallelLimits>;
  /** A store write that takes longer counts as missed: accepted, if the log has it, and settled from there. */
  readonly storeTimeoutMs?: number;
  /** The tenant's share where several wait, relative to others; 1 unless told. */
  readonly weightOf?: (tenantId: string) => number;
  onError(error: unknown): void;
};

/** What is known of the first of a message. */
type Said = Pick<Activity, 'id' | 'contentDigest'>;

type ParallelLimits = QueueLimits & {
  /** Batches under way at once. */
  readonly inFlight: number;
  /** How long a small batch waits for more to go with it, in milliseconds. */
  readonly lingerMs: number;
  /** What links of senders who don't wait for them wait for more to go with, in milliseconds, and may take, in bytes. */
  readonly followMs: number;
  readonly followBytes: number;
  /** Messages whose acceptance is remembered, so that a repeat is answered without being written again. */
  readonly remembered: number;
};

const MIB = 1024 * 1024;
const DEFAULTS: ParallelLimits = {
  tenantBytes: 64 * MIB,
  totalBytes: 128 * MIB,
  waitMs: 5_000,
  batchRecords: 1_000,
  batchBytes: 4 * MIB,
  inFlight: 6,
  lingerMs: 4,
  followMs: 250,
  followBytes: 4 * MIB,
  remembered: 100_000,
};
/** From here on a batch does not wait for more. */
const FULL_ENOUGH = 400;
const STORE_TIMEOUT_MS = 5_000;
/** How long a side that failed is left alone, in milliseconds. */
const OPEN_MS = 500;

/**
 * The durable write where log and store are engines of their own: both at once, acknowledged when both have it,
 * with group commit over requests and tenants. Which activity of a message counts is settled behind the log
 * (`consumers/settle.ts`), so that any number of processes write at the same time, and none of them has an order to keep.
 *
 * - Log ok, store not: accepted; the store gets it when the log is settled. A store that failed is left alone
 *   for a moment, so that writers don't wait for it each time.
 * - Store ok, log not: refused, to be sent again. The row is there already, so the log gets it, too, as soon as it
 *   can (`createDebts`). While the log is known to be away nothing is written anywhere.
 *
 * Verdicts `duplicate` and `conflict` are certain. A repeat of a message that is not settled yet and was accepted by
 * another process is answered as `stored`; it counts once all the same, and if it says something else, it is kept as a
 * conflict when it is settled.
 */
export function createParallelWriter(options: ParallelWriterOptions): Writer {
  const { log, store, onError } = options;
  const limits = { ...DEFAULTS, ...options.limits };
  const storeTimeoutMs = options.storeTimeoutMs ?? STORE_TIMEOUT_MS;
  const weightOf = options.weightOf ?? (() => 1);
  const queue = createWriteLanes(limits);
  const storeBreaker = createBreaker(OPEN_MS);
  const logBreaker = createBreaker(OPEN_MS);
  const debts = createDebts(log, onError);
  const accepted = createRecentIds(limits.remembered);
  const never = new AbortController().signal;
  let inFlight = 0;
  let isClosed = false;
  let timer: NodeJS.Timeout | undefined;
  let onIdle: (() => void)[] = [];

  const append = async ({ tenant, entries }: Turn): Promise<Error | undefined> => {
    try {
      await log.append(
        tenant,
        entries.flatMap(({ records }) => records),
        never,
      );
      logBreaker.succeeded();
      return undefined;
    } catch (error) {
      logBreaker.failed();
      return asUnavailable(error);
    }
  };

  /** Rows of activities of all tenants together. @returns whether the store has them */
  const putRows = async (turns: readonly Turn[]): Promise<boolean> => {
    const groups = turns.flatMap(({ tenant, entries }) => {
      const activities = entries.flatMap(({ records }) =>
        records.flatMap((record) => (record.kind === 'activity' ? [record.activity] : [])),
      );
      return activities.length > 0 ? [{ tenant, activities }] : [];
    });
    if (groups.length === 0) return true;
    if (!storeBreaker.allows()) return false;
    try {
      await store.put(groups, AbortSignal.timeout(storeTimeoutMs));
      storeBreaker.succeeded();
      return true;
    } catch (error) {
      storeBreaker.failed();
      onError(error);
      return false;
    }
  };

  const others = createOtherWrites({
    store,
    breaker: storeBreaker,
    timeoutMs: storeTimeoutMs,
    maxRecords: limits.batchRecords,
    lingerMs: limits.followMs,
    maxBytes: limits.followBytes,
    onFollowed: () => schedule(),
    onError,
  });

  /** Tells entries of a turn what became of them. */
  const answerAll = (
    { tenant, entries }: Turn,
    failure: Error | undefined,
    hasRows: boolean,
    outcomes: ReadonlyMap<LogRecord, Outcome>,
  ): void => {
    for (const { records, refuse, answer } of entries) {
      if (failure) {
        // Not told to be accepted, but there to be read: the log must have it, too.
        const written = records.filter((record) =>
          record.kind === 'activity' ? hasRows : outcomes.has(record),
        );
        debts.add(tenant, written);
        refuse(failure);
      } else answer(records.map((record) => outcomes.get(record) ?? { kind: 'done' }));
    }
  };

  /** Resolves when log and rows are written; what waits for more than that is answered when it has it. */
  const write = async (turns: readonly Turn[]): Promise<void> => {
    const storing = putRows(turns);
    await Promise.all(
      turns.map(async ({ tenant, entries }) => {
        const byWait = Map.groupBy(entries, ({ records, isAwaited }) =>
          !records.some(isOther) ? 'rows' : isAwaited ? 'apply' : 'follow',
        );
        const late = (['apply', 'follow'] as const).flatMap((how) => {
          const own = byWait.get(how);
          if (!own) return [];
          const records = own.flatMap((entry) => entry.records.filter(isOther));
          return [{ own, doing: others[how](tenant, records) }];
        });
        const [failure, hasRows] = await Promise.all([append({ tenant, entries }), storing]);
        answerAll({ tenant, entries: byWait.get('rows') ?? [] }, failure, hasRows, new Map());
        for (const { own, doing } of late)
          void doing
            .then((outcomes) => answerAll({ tenant, entries: own }, failure, hasRows, outcomes))
            .catch((error: unknown) => {
              for (const entry of own) entry.refuse(asUnavailable(error));
            })
            .finally(schedule);
      }),
    );
  };

  const pump = (): void => {
    timer = undefined;
    while (inFlight < limits.inFlight && queue.waiting > 0) {
      const turns = queue.mix(weightOf);
      inFlight += 1;
      void write(turns)
        .catch((error: unknown) => {
          for (const { entries } of turns) for (const entry of entries) entry.refuse(asUnavailable(error));
        })
        .finally(() => {
          inFlight -= 1;
          schedule();
        });
    }
    if (inFlight > 0 || !queue.isIdle || !others.isIdle) return;
    for (const resolve of onIdle) resolve();
    onIdle = [];
  };

  /** A batch that is full enough goes at once, a small one after a moment. */
  const schedule = (): void => {
    if (queue.waiting >= FULL_ENOUGH || queue.waiting === 0) {
      clearTimeout(timer);
      pump();
    } else timer ??= setTimeout(pump, limits.lingerMs);
  };

  const submit = async (
    tenant: Tenant,
    records: readonly LogRecord[],
    signal: AbortSignal,
    submitted?: SubmitOptions,
  ): Promise<readonly Outcome[]> => {
    assertTenant(tenant);
    if (isClosed)
      throw new DomainError('BACKEND_UNAVAILABLE', 'The server is shutting down. Try again shortly.');
    if (records.length === 0) return [];
    if (!logBreaker.allows())
      throw new DomainError('BACKEND_UNAVAILABLE', 'The activity log does not answer. Try again shortly.', {
        retryAfterMs: 1_000,
      });
    const outcomes = queue.add(tenant, records, signal, submitted);
    schedule();
    return outcomes;
  };

  /** By the message's hash, what it was first accepted as, as far as that is known. */
  const repeatsOf = async (
    tenant: Tenant,
    activities: readonly Activity[],
    isVerdictShown: boolean,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, Said>> => {
    const known = new Map<string, Said>();
    for (const { id } of activities) {
      const first = accepted.firstOf(id);
      if (first !== undefined) known.set(hashOfId(id), first);
    }
    if (!isVerdictShown || !storeBreaker.allows()) return known;
    const unknown = new Set(activities.map(({ id }) => hashOfId(id)).filter((hash) => !known.has(hash)));
    if (unknown.size === 0) return known;
    try {
      for (const [hash, first] of await options.settled(tenant, [...unknown], signal)) known.set(hash, first);
      storeBreaker.succeeded();
    } catch (error) {
      if (signal.aborted) throw error;
      // Who is not known to be a repeat is written: that counts once as well.
      storeBreaker.failed();
      onError(error);
    }
    return known;
  };

  const drain = (): Promise<void> =>
    new Promise((resolve) => {
      onIdle.push(resolve);
      pump();
    });

  return {
    async writeActivities(tenant, activities, signal, { isVerdictShown = true } = {}) {
      assertTenant(tenant);
      const repeats = await repeatsOf(tenant, activities, isVerdictShown, signal);
      const firsts = new Map<string, Activity>();
      for (const activity of activities) {
        const hash = hashOfId(activity.id);
        if (!repeats.has(hash) && !firsts.has(hash)) firsts.set(hash, activity);
      }
      await submit(
        tenant,
        [...firsts.values()].map((activity) => ({ kind: 'activity', activity })),
        signal,
        {
          // Also when the sender has gone meanwhile: it will send the same again.
          onWritten() {
            for (const { id, contentDigest } of firsts.values()) accepted.add(id, contentDigest);
          },
        },
      );
      const verdicts = activities.map((activity): WriteVerdict => {
        const hash = hashOfId(activity.id);
        const first = firsts.get(hash);
        if (first === activity) return { status: 'stored', id: activity.id };
        return repeatOf(repeats.get(hash) ?? first ?? activity, activity);
      });
      const conflicts = activities.filter((_, index) => verdicts[index]?.status === 'conflict');
      // The good ones beside them are written: what can't be kept is told in the log, and to the sender in any case.
      await keepConflicts(options.failures, tenant, conflicts, signal).catch(onError);
      return verdicts;
    },
    ...writingOthers(store, submit),
    status: () => ({ queuedBytes: queue.bytes + debts.bytes, inFlight, repairing: [] }),
    drain,
    async close() {
      isClosed = true;
      await drain();
      await debts.close();
    },
  };
}
