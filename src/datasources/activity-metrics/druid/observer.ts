import { limitOf } from '../../../lib/abort.ts';
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
import { EARLIEST, LATEST } from './sql.ts';
import { overlordStart, runningTasks, supervisorReport, taskStatuses, wantedTasks } from './status.ts';

/** Times in `[from, to)`, epoch milliseconds. */
export type Period = { readonly from: number; readonly to: number };

/** A period to glance at, and whether a round is to be made in any case. */
export type Look = { readonly period: Period | null; readonly isRound: boolean };

/** Observes how complete one data source is. */
export type Observer = {
  /** The state by the last look. */
  known(): Completeness;
  /** How often the data source ceased to be complete. */
  disturbances(): number;
  /**
   * Looks at Druid: at the segments of the period, and at all tasks in a round. One look at a time.
   * @throws DomainError `BACKEND_UNAVAILABLE` when Druid does not answer
   */
  look(wanted: Look): Promise<void>;
};

/** A data source of a Druid cluster. */
type Source = { readonly druid: DruidClient; readonly name: string };

const LOOK_TIMEOUT_MS = 3_000;

/**
 * @param ends where the topic ends now, by partition
 * @param closed ends a look under way
 * @param onLearned called after each change of the state
 */
export function createObserver(
  source: Source,
  ends: () => Promise<ReadonlyMap<string, number>>,
  closed: AbortSignal,
  onLearned: () => void,
): Observer {
  let known: Completeness = nothingKnown;
  let disturbances = 0;
  /** Asked once in each disturbance. */
  let endsThen: ReadonlyMap<string, number> | null = null;

  const learn = (now: Completeness): void => {
    if (known.isComplete && !now.isComplete) disturbances += 1;
    if (!now.isUnread) endsThen = null;
    known = now;
    onLearned();
  };
  const glance = async ({ from, to }: Period, signal: AbortSignal): Promise<boolean> => {
    const seen = { ...(await readShown(source, from, to, signal)), from, to };
    const isSound = isConfirmed(known, seen);
    if (isSound) learn(afterGlance(known, seen));
    return isSound;
  };
  const round = async (withSegments: boolean, signal: AbortSignal): Promise<void> => {
    const at = Date.now();
    const epoch = source.druid.epoch();
    if (known.isUnread) endsThen ??= await ends();
    const { supervisor, running, gone, told } = await readTasks(source, known, signal);
    const after = afterTasks(known, { epoch, supervisor, running, told, ends: endsThen });
    learn(after);
    const isSettled = after.isComplete && gone.length === 0 && !withSegments;
    if (after.reason !== null || isSettled) return;
    learn(afterSegments(after, at, await readSegments(source, after, supervisor.activeTasks.length, signal)));
  };

  return {
    known: () => known,
    disturbances: () => disturbances,
    async look({ period, isRound }) {
      const { signal, end } = limitOf(closed, { ms: LOOK_TIMEOUT_MS, timedOut: notInTime });
      try {
        const isSound = period !== null && known.isComplete && (await glance(period, signal));
        if (isRound || !isSound) await round(period !== null && !isSound, signal);
      } finally {
        end();
      }
    },
  };
}

const notInTime = () => druidUnavailable(new Error(`no answer within ${LOOK_TIMEOUT_MS} ms`));

async function readShown({ druid, name }: Source, from: number, to: number, signal: AbortSignal) {
  const epoch = druid.epoch();
  const [shown, running] = await Promise.all([
    shownSegments(druid, name, signal, from, to),
    runningTasks(druid, name, signal),
  ]);
  return { epoch, shown, running };
}

async function readTasks({ druid, name }: Source, known: Completeness, signal: AbortSignal) {
  const [{ payload: supervisor }, running] = await Promise.all([
    supervisorReport(druid, name, signal),
    runningTasks(druid, name, signal),
    // Keeps a connection alive, by which a restart of the broker is noticed.
    druid.call({ at: 'broker', path: '/status/health' }, signal),
  ]);
  const gone = vanished(known, supervisor, running);
  return { supervisor, running, gone, told: await taskStatuses(druid, gone, signal) };
}

/** @param readers tasks that read the topic */
async function readSegments(
  { druid, name }: Source,
  after: Completeness,
  readers: number,
  signal: AbortSignal,
): Promise<Parameters<typeof afterSegments>[2]> {
  const shown = await shownSegments(druid, name, signal);
  if (!needsExpected(after, shown)) return { shown, expected: null, wanted: null };
  const wanted = async () => wantedTasks(druid, name, await overlordStart(druid, signal), readers, signal);
  const [expected, tasks] = await Promise.all([
    expectedSegments(druid, name, signal),
    after.isUnread ? wanted() : null,
  ]);
  // Read after the expected ones, so that a segment that comes in between is not missed.
  return { shown: await shownSegments(druid, name, signal), expected, wanted: tasks };
}

/** No segment begins or ends within a month's first moment and the next one's. */
export function wholeMonths({ from, to }: Period): Period {
  const monthOf = (time: number, months: number): number => {
    const date = new Date(Math.min(Math.max(time, EARLIEST), LATEST - 1));
    return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months);
  };
  return { from: monthOf(from, 0), to: Math.max(monthOf(to - 1, 1), monthOf(from, 1)) };
}

/** A look that does both. */
const both = (one: Look, other: Look): Look => ({
  isRound: one.isRound || other.isRound,
  period:
    one.period && other.period
      ? { from: Math.min(one.period.from, other.period.from), to: Math.max(one.period.to, other.period.to) }
      : (one.period ?? other.period),
});

/** Makes looks that begin after the call: calls that come while one goes on share the next. */
export function shareLooks(look: (wanted: Look) => Promise<void>): (wanted: Look) => Promise<void> {
  let looking: Promise<void> | null = null;
  let next: { wanted: Look; readonly done: Promise<void> } | null = null;
  const lookAnew = (wanted: Look): Promise<void> => {
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
  return lookAnew;
}
