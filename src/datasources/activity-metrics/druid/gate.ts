import { limitOf } from '../../../lib/abort.ts';
import { abortReason, DomainError } from '../../../lib/errors.ts';
import { wait, waitUnref } from '../../../lib/retry.ts';
import { type DruidClient, druidUnavailable } from './client.ts';
import type { Completeness } from './completeness.ts';
import { createObserver, type Look, type Period, shareLooks, wholeMonths } from './observer.ts';
import type { DataSource } from './specs.ts';

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
/** Wait out short outages; fail pending queries once an outage lasts longer than this. */
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
  const closed = new AbortController();
  /** Why the last look came to nothing, or null. */
  let blindness: string | null = null;
  /** Since when answers don't pass, or Druid can't be looked at; null while all is well. */
  let troubledSince: number | null = null;
  const noteTrouble = (): void => {
    if (observer.known().isComplete && blindness === null) troubledSince = null;
    else troubledSince ??= Date.now();
  };
  const observer = createObserver({ druid, name: prefix + source }, ends, closed.signal, noteTrouble);
  const lookAnew = shareLooks(observer.look);
  void watch(lookAnew, closed.signal, (fault) => {
    blindness = fault;
    noteTrouble();
    return observer.known().isComplete ? WATCH_MS : RECOVERY_WATCH_MS;
  });

  const untilComplete = async (signal: AbortSignal, patienceMs = Number.POSITIVE_INFINITY): Promise<void> => {
    const deadline = Date.now() + patienceMs;
    while (!observer.known().isComplete) {
      if (signal.aborted) throw abortReason(signal);
      if (Date.now() > deadline || closed.signal.aborted) throw incomplete(observer.known());
      await wait(POLL_MS, signal).catch(() => {});
    }
  };

  const whileThere: Gate['whileThere'] = async (query, signal) => {
    const limit = limitOf(signal);
    const watching = setInterval(() => {
      if (troubledSince !== null && Date.now() - troubledSince > PATIENCE_MS)
        limit.abort(
          blindness === null ? incomplete(observer.known()) : druidUnavailable(new Error(blindness)),
        );
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
        const before = observer.disturbances();
        const answer = await whileThere(query, signal);
        await lookAnew({ period: wholeMonths(period), isRound: false }).catch((error: unknown) => {
          throw druidUnavailable(error);
        });
        if (observer.known().isComplete && observer.disturbances() === before) return answer;
      }
      throw incomplete(observer.known());
    },
    untilComplete: (signal) => untilComplete(signal),
    reason: () => blindness ?? observer.known().reason,
    close: () => closed.abort(),
  };
}

/**
 * Looks at Druid again and again, until `closed`.
 * @param onLook takes why the look came to nothing, or null, and gives the pause before the next, in milliseconds
 */
async function watch(
  look: (wanted: Look) => Promise<void>,
  closed: AbortSignal,
  onLook: (fault: string | null) => number,
): Promise<void> {
  while (!closed.aborted) {
    const fault = await look({ period: null, isRound: true }).then(
      () => null,
      (error: unknown) => `Druid can't be looked at: ${error instanceof DomainError ? error.cause : error}`,
    );
    await waitUnref(onLook(fault), closed).catch(() => {});
  }
}

const incomplete = (known: Completeness) => druidUnavailable(new Error(known.reason ?? 'incomplete'));
