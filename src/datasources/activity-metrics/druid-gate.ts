import { setTimeout as sleep } from 'node:timers/promises';
import { abortReason } from '../../domain/errors.ts';
import { type DruidClient, druidUnavailable } from './druid-client.ts';
import { after, type Completeness, nothingKnown, type Round, vanished } from './druid-completeness.ts';
import type { DataSource } from './druid-specs.ts';
import { EARLIEST, LATEST } from './druid-sql.ts';
import { supervisorReport } from './druid-status.ts';

/** Lets answers of one data source pass only while it shows all that it ever showed. */
export type Gate = {
  /**
   * Runs a query between two looks at Druid.
   * @throws DomainError `BACKEND_UNAVAILABLE` when the answer may be of a part
   */
  whileComplete<T>(query: () => Promise<T>, signal: AbortSignal): Promise<T>;
  /** Resolves when answers pass. @throws DomainError the signal's reason */
  untilComplete(signal: AbortSignal): Promise<void>;
  /** Why answers don't pass, or null. */
  reason(): string | null;
  close(): void;
};

/** How often Druid is looked at when nobody asks: to know of its tasks before they are lost. */
const WATCH_MS = 2_000;
const RECOVERY_WATCH_MS = 250;
const LOOK_TIMEOUT_MS = 5_000;
/** A disturbance that is over so soon is waited out; a longer one fails fast. */
const PATIENCE_MS = 1_500;
const INTERVAL = `${new Date(EARLIEST).toISOString()}_${new Date(LATEST).toISOString()}`;

/** @param ends where the topic ends now, by partition */
export function createGate(
  druid: DruidClient,
  prefix: string,
  source: DataSource,
  ends: () => Promise<ReadonlyMap<string, number>>,
): Gate {
  let known: Completeness = nothingKnown;
  /** Asked once in each disturbance. */
  let endsThen: ReadonlyMap<string, number> | null = null;
  let looking: Promise<void> | null = null;
  let next: Promise<void> | null = null;
  const closed = new AbortController();

  const look = async (): Promise<void> => {
    const signal = AbortSignal.any([closed.signal, AbortSignal.timeout(LOOK_TIMEOUT_MS)]);
    const brokerEpoch = druid.brokerEpoch();
    const at = Date.now();
    if (!known.isComplete) endsThen ??= await ends();
    const [{ payload }, running, missingSegments] = await Promise.all([
      supervisorReport(druid, prefix, source, signal),
      runningTasks(druid, signal),
      missingOf(druid, prefix + source, signal),
      // Keeps a connection alive, by which a broker that was restarted is noticed.
      druid.call({ at: 'broker', path: '/status/health' }, signal),
    ]);
    const round = {
      at,
      brokerEpoch,
      supervisor: payload,
      running,
      missingSegments,
      ended: await endedOf(druid, vanished(known, payload, running), signal),
      ends: endsThen,
    } satisfies Round;
    known = after(known, round);
    if (known.isComplete) endsThen = null;
  };
  /** A look that begins after this call; calls that come while one goes on share the next. */
  const lookAnew = (): Promise<void> => {
    if (!looking) {
      looking = look().finally(() => {
        looking = null;
      });
      return looking;
    }
    next ??= looking
      .catch(() => {})
      .then(() => {
        next = null;
        return lookAnew();
      });
    return next;
  };
  const watch = async (): Promise<void> => {
    while (!closed.signal.aborted) {
      await lookAnew().catch(() => {});
      const pause = known.isComplete ? WATCH_MS : RECOVERY_WATCH_MS;
      await sleep(pause, undefined, { signal: closed.signal, ref: false }).catch(() => {});
    }
  };
  void watch();

  const untilComplete = async (signal: AbortSignal, patienceMs = Number.POSITIVE_INFINITY): Promise<void> => {
    const deadline = Date.now() + patienceMs;
    while (!known.isComplete) {
      if (signal.aborted) throw abortReason(signal);
      if (Date.now() > deadline || closed.signal.aborted) throw incomplete(known);
      await lookAnew().catch(() => {});
      if (!known.isComplete) await sleep(RECOVERY_WATCH_MS, undefined, { signal }).catch(() => {});
    }
  };

  return {
    async whileComplete(query, signal) {
      await untilComplete(signal, PATIENCE_MS);
      const answer = await query();
      await lookAnew().catch((error: unknown) => {
        throw druidUnavailable(error);
      });
      if (!known.isComplete) throw incomplete(known);
      return answer;
    },
    untilComplete: (signal) => untilComplete(signal),
    reason: () => known.reason,
    close: () => closed.abort(),
  };
}

const incomplete = (known: Completeness) => druidUnavailable(new Error(known.reason ?? 'incomplete'));

async function runningTasks(druid: DruidClient, signal: AbortSignal): Promise<ReadonlySet<string>> {
  const path = '/druid/indexer/v1/workers';
  const workers = await druid.call<{ runningTasks: string[] }[]>({ at: 'coordinator', path }, signal);
  return new Set(workers.flatMap((worker) => worker.runningTasks));
}

async function missingOf(druid: DruidClient, name: string, signal: AbortSignal): Promise<number> {
  const path =
    `/druid/coordinator/v1/datasources/${encodeURIComponent(name)}/loadstatus` +
    `?forceMetadataRefresh=false&simple&interval=${INTERVAL}`;
  const missing = await druid.call<Record<string, number> | null>({ at: 'coordinator', path }, signal);
  // Without any segment: the coordinator has not looked at the metadata since it started.
  return missing?.[name] ?? Number.MAX_SAFE_INTEGER;
}

async function endedOf(
  druid: DruidClient,
  names: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const ended = await Promise.all(
    names.map(async (name) => {
      const path = `/druid/indexer/v1/task/${encodeURIComponent(name)}/status`;
      type Status = { status: { statusCode: string } } | null;
      const answer = await druid.call<Status>({ at: 'coordinator', path, none: [404] }, signal);
      // Also one that is said to be running, but not by its worker or not for its supervisor.
      return [name, answer?.status.statusCode ?? 'GONE'] as const;
    }),
  );
  return new Map(ended);
}
