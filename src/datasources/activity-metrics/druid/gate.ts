import { setTimeout as sleep } from 'node:timers/promises';
import { limitOf } from '../../../lib/abort.ts';
import { abortReason, DomainError } from '../../../lib/errors.ts';
import { type DruidClient, druidUnavailable } from './client.ts';
import {
  afterGlance,
  afterSegments,
  afterTasks,
  type Completeness,
  isConfirmed,
  needsExpected,
  nothingKnown,
  vanished,
} from './completeness.ts';
import { expectedSegments, shownSegments } from './segments.ts';
import type { DataSource } from './specs.ts';
import { EARLIEST, LATEST } from './sql.ts';
import { overlordStart, runningTasks, supervisorReport, taskStatuses, wantedTasks } from './status.ts';

/** Times in `[from, to)`, epoch milliseconds. */
export type Period = { readonly from: number; readonly to: number };

/** Lets answers of one data source pass only while it shows all that it ever showed. */
export type Gate = {
  /**
   * Runs a query about a period, and then looks whether its answer is of everything.
   * @throws DomainError `BACKEND_UNAVAILABLE` when it may be of a part
   */
  whileComplete<T>(
    query: (signal: AbortSignal) => Promise<T>,
    period: Period,
    signal: AbortSignal,
  ): Promise<T>;
  /**
   * Runs a query whose answer may be of a part.
   * @throws DomainError `BACKEND_UNAVAILABLE` as soon as Druid is known to be away; a Druid that starts takes queries
   * long before it answers any
   */
  whileThere<T>(query: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T>;
  /** Resolves when answers pass. @throws DomainError the signal's reason */
  untilComplete(signal: AbortSignal): Promise<void>;
  /** Why answers don't pass, or null. */
  reason(): string | null;
  close(): void;
};

/** How often Druid is looked at when nobody asks: to know of its tasks before they are lost. */
const WATCH_MS = 2_000;
const RECOVERY_WATCH_MS = 500;
const LOOK_TIMEOUT_MS = 3_000;
/** A disturbance that is over so soon is waited out; a longer one fails fast, also what was asked before. */
const PATIENCE_MS = 1_500;
const ASIDE_MS = 250;
/** How often a query is asked again after a disturbance that came in between and is over. */
const ATTEMPTS = 2;
const POLL_MS = 50;

/** @param ends where the topic ends now, by partition */
export function createGate(
  druid: DruidClient,
  prefix: string,
  source: DataSource,
  ends: () => Promise<ReadonlyMap<string, number>>,
): Gate {
  const name = prefix + source;
  const closed = new AbortController();
  let known: Completeness = nothingKnown;
  /** Why the last look came to nothing, or null. */
  let blindness: string | null = null;
  /** Since when answers don't pass, or Druid can't be looked at; null while all is well. */
  let troubledSince: number | null = null;
  /** How often it was not complete any more. */
  let disturbances = 0;
  /** Asked once in each disturbance. */
  let endsThen: ReadonlyMap<string, number> | null = null;
  let looking: Promise<void> | null = null;
  let next: { wanted: Wanted; readonly done: Promise<void> } | null = null;

  const noteTrouble = (): void => {
    if (known.isComplete && blindness === null) troubledSince = null;
    else troubledSince ??= Date.now();
  };
  const learn = (now: Completeness): void => {
    if (known.isComplete && !now.isComplete) disturbances += 1;
    if (!now.isUnread) endsThen = null;
    known = now;
    noteTrouble();
  };
  const glance = async ({ from, to }: Period, signal: AbortSignal): Promise<boolean> => {
    const epoch = druid.epoch();
    const [shown, running] = await Promise.all([
      shownSegments(druid, name, signal, from, to),
      runningTasks(druid, name, signal),
    ]);
    const seen = { epoch, shown, running, from, to };
    const isSound = isConfirmed(known, seen);
    if (isSound) learn(afterGlance(known, seen));
    return isSound;
  };
  const wanted = async (readers: number, signal: AbortSignal) =>
    wantedTasks(druid, name, await overlordStart(druid, signal), readers, signal);
  const round = async (withSegments: boolean, signal: AbortSignal): Promise<void> => {
    const epoch = druid.epoch();
    const at = Date.now();
    if (known.isUnread) endsThen ??= await ends();
    const [{ payload: supervisor }, running] = await Promise.all([
      supervisorReport(druid, name, signal),
      runningTasks(druid, name, signal),
      // Keeps a connection alive, by which a restart of the broker is noticed.
      druid.call({ at: 'broker', path: '/status/health' }, signal),
    ]);
    const gone = vanished(known, supervisor, running);
    const told = await taskStatuses(druid, gone, signal);
    const after = afterTasks(known, { epoch, supervisor, running, told, ends: endsThen });
    learn(after);
    const isSettled = after.isComplete && gone.length === 0 && !withSegments;
    if (after.reason !== null || isSettled) return;
    const shown = await shownSegments(druid, name, signal);
    if (!needsExpected(after, shown))
      return learn(afterSegments(after, at, { shown, expected: null, wanted: null }));
    const [expected, tasks] = await Promise.all([
      expectedSegments(druid, name, signal),
      after.isUnread ? wanted(supervisor.activeTasks.length, signal) : null,
    ]);
    // After what is expected, so that what comes in between is not missed.
    const latest = await shownSegments(druid, name, signal);
    learn(afterSegments(after, at, { shown: latest, expected, wanted: tasks }));
  };
  const look = async ({ period, isRound }: Wanted): Promise<void> => {
    const { signal, end } = limitOf(closed.signal, { ms: LOOK_TIMEOUT_MS, timedOut: notInTime });
    try {
      const isSound = period !== null && known.isComplete && (await glance(period, signal));
      if (isRound || !isSound) await round(period !== null && !isSound, signal);
    } finally {
      end();
    }
  };
  /** A look that begins after this call; calls that come while one goes on share the next. */
  const lookAnew = (wanted: Wanted): Promise<void> => {
    if (!looking) {
      looking = look(wanted).finally(() => {
        looking = null;
      });
      return looking;
    }
    if (next) {
      next.wanted = both(next.wanted, wanted);
      return next.done;
    }
    const begin = (): Promise<void> => {
      const merged = next?.wanted ?? wanted;
      next = null;
      return lookAnew(merged);
    };
    next = { wanted, done: looking.then(begin, begin) };
    return next.done;
  };
  const watch = async (): Promise<void> => {
    while (!closed.signal.aborted) {
      await lookAnew({ period: null, isRound: true }).then(
        () => {
          blindness = null;
        },
        (error: unknown) => {
          blindness = `Druid can't be looked at: ${error instanceof DomainError ? error.cause : error}`;
        },
      );
      noteTrouble();
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
      await sleep(POLL_MS, undefined, { signal }).catch(() => {});
    }
  };

  const whileThere: Gate['whileThere'] = async (query, signal) => {
    const limit = limitOf(signal);
    const watching = setInterval(() => {
      if (troubledSince !== null && Date.now() - troubledSince > PATIENCE_MS)
        limit.abort(blindness === null ? incomplete(known) : druidUnavailable(new Error(blindness)));
    }, ASIDE_MS);
    try {
      return await query(limit.signal);
    } finally {
      clearInterval(watching);
      limit.end();
    }
  };

  return {
    whileThere,
    async whileComplete(query, period, signal) {
      for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
        await untilComplete(signal, PATIENCE_MS);
        const before = disturbances;
        const answer = await whileThere(query, signal);
        await lookAnew({ period: wholeMonths(period), isRound: false }).catch((error: unknown) => {
          throw druidUnavailable(error);
        });
        if (known.isComplete && disturbances === before) return answer;
      }
      throw incomplete(known);
    },
    untilComplete: (signal) => untilComplete(signal),
    reason: () => blindness ?? known.reason,
    close: () => closed.abort(),
  };
}

/** A period to glance at, and whether a round is to be made in any case. */
type Wanted = { readonly period: Period | null; readonly isRound: boolean };

const both = (one: Wanted, other: Wanted): Wanted => ({
  isRound: one.isRound || other.isRound,
  period:
    one.period && other.period
      ? { from: Math.min(one.period.from, other.period.from), to: Math.max(one.period.to, other.period.to) }
      : (one.period ?? other.period),
});

/** No segment begins or ends within a month's first moment and the next one's. */
function wholeMonths({ from, to }: Period): Period {
  const monthOf = (time: number, months: number): number => {
    const date = new Date(Math.min(Math.max(time, EARLIEST), LATEST - 1));
    return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months);
  };
  return { from: monthOf(from, 0), to: Math.max(monthOf(to - 1, 1), monthOf(from, 1)) };
}

const notInTime = () => druidUnavailable(new Error(`no answer within ${LOOK_TIMEOUT_MS} ms`));
const incomplete = (known: Completeness) => druidUnavailable(new Error(known.reason ?? 'incomplete'));
