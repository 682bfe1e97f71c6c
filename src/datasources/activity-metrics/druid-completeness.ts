import type { SupervisorReport, TaskReport } from './druid-status.ts';

/**
 * Whether one data source shows everything that it ever showed.
 *
 * What was published is on a data server or is reported missing. What was not is in the memory of the task that read
 * it, and is gone with it until another task has read it again: meanwhile Druid answers 200 from the rest. A task
 * never comes back under its name. So as long as no task was lost and nothing published is missing, nothing that was
 * shown has gone; after a loss, not before the topic was read again to where it ended then.
 */
export type Completeness = {
  readonly isComplete: boolean;
  /** Why not, for the log. */
  readonly reason: string | null;
  /** Tasks that may hold rows, by name. */
  readonly tasks: ReadonlyMap<string, WatchedTask>;
  /** Offsets from which lost tasks had read, by partition: someone must have begun there, or before, again. */
  readonly lostFrom: Offsets;
  /** The process of the broker that was asked last; null before the first round. */
  readonly brokerEpoch: number | null;
  /** When the first round in a row found nothing amiss, epoch milliseconds. */
  readonly soundSince: number | null;
};
type Offsets = ReadonlyMap<string, number>;
type WatchedTask = { readonly report: TaskReport; readonly hasRun: boolean };

/** What is asked of Druid at one time. */
export type Round = {
  readonly at: number;
  readonly brokerEpoch: number;
  readonly supervisor: SupervisorReport['payload'];
  /** Names of the tasks that run on some worker. */
  readonly running: ReadonlySet<string>;
  /** Published segments that no server has. */
  readonly missingSegments: number;
  /** How tasks ended that are no longer among the supervisor's, or no longer run. */
  readonly ended: ReadonlyMap<string, string>;
  /**
   * Where the topic ends for readers, by partition, asked after the last answer that was complete (none that was
   * given can be of more); null where it wasn't asked for.
   */
  readonly ends: Offsets | null;
};

/** So long must nothing be amiss before a disturbance is over: the broker hears of new segments a moment later. */
const SETTLE_MS = 750;

export const nothingKnown: Completeness = {
  isComplete: false,
  reason: 'not looked at yet',
  tasks: new Map(),
  lostFrom: new Map(),
  brokerEpoch: null,
  soundSince: null,
};

const tasksOf = ({ activeTasks, publishingTasks }: SupervisorReport['payload']): TaskReport[] => [
  ...activeTasks,
  ...publishingTasks,
];

/** Tasks whose end must be asked for: known to have run, and now not running or not the supervisor's. */
export function vanished(
  known: Completeness,
  supervisor: SupervisorReport['payload'],
  running: ReadonlySet<string>,
): string[] {
  const reported = new Set(tasksOf(supervisor).map(({ id }) => id));
  return [...known.tasks]
    .filter(([id, { hasRun }]) => !reported.has(id) || (hasRun && !running.has(id)))
    .map(([id]) => id);
}

/** What is known after a round. Needs `ends` where it was not complete before. */
export function after(known: Completeness, round: Round): Completeness {
  const reports = tasksOf(round.supervisor);
  const lost = [...known.tasks].filter(([id]) => {
    const end = round.ended.get(id);
    return end !== undefined && end !== 'SUCCESS';
  });
  const tasks = new Map<string, WatchedTask>();
  for (const report of reports) {
    const hasRun = round.running.has(report.id) || known.tasks.get(report.id)?.hasRun === true;
    if (!round.ended.has(report.id)) tasks.set(report.id, { report, hasRun });
  }
  const lostFrom = stillLost(known.lostFrom, lost, [...tasks.values()]);
  const disturbance =
    known.brokerEpoch !== null && round.brokerEpoch !== known.brokerEpoch
      ? 'another broker, or the same one again'
      : lost.length > 0
        ? `lost ${lost.map(([id]) => id).join(', ')}`
        : round.missingSegments > 0
          ? `${round.missingSegments} published segments are not loaded`
          : null;
  const base = { tasks, lostFrom, brokerEpoch: round.brokerEpoch };
  const amiss = disturbance ?? (known.isComplete ? null : unread(round, lostFrom));
  if (amiss !== null) return { ...base, isComplete: false, reason: amiss, soundSince: null };
  const soundSince = known.soundSince ?? round.at;
  const isComplete = known.isComplete || round.at - soundSince >= SETTLE_MS;
  return { ...base, isComplete, reason: isComplete ? null : 'settling', soundSince };
}

/** What of the lost nobody reads again yet. */
function stillLost(
  before: Offsets,
  lost: readonly (readonly [string, WatchedTask])[],
  tasks: readonly WatchedTask[],
): Offsets {
  const from = new Map(before);
  for (const [, { report }] of lost)
    for (const [partition, offset] of Object.entries(report.startingOffsets))
      from.set(partition, Math.min(offset, from.get(partition) ?? offset));
  for (const [partition, offset] of from) {
    const isRead = tasks.some(
      ({ report, hasRun }) => hasRun && (report.startingOffsets[partition] ?? Number.MAX_VALUE) <= offset,
    );
    if (isRead) from.delete(partition);
  }
  return from;
}

/** Why it isn't proved that everything up to the ends was read; null when it is. */
function unread(round: Round, lostFrom: Offsets): string | null {
  const { supervisor, running, ends } = round;
  if (ends === null) return 'the end of the topic is not known';
  if (lostFrom.size > 0) return `partitions ${[...lostFrom.keys()].join(', ')} are not read again yet`;
  const dead = tasksOf(supervisor).find(({ id }) => !running.has(id));
  if (dead) return `${dead.id} is not running`;
  for (const [partition, end] of ends) {
    if (end === 0) continue;
    const read = Math.max(
      -1,
      ...supervisor.activeTasks.map(({ currentOffsets }) => currentOffsets?.[partition] ?? -1),
    );
    if (read < end) return `partition ${partition} is read to ${read} of ${end}`;
  }
  return null;
}
