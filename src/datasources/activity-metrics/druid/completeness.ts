import { isShown, type Segment, type Segments } from './segments.ts';
import type { SupervisorReport, TaskEnd, TaskReport, WantedTasks } from './status.ts';

/**
 * Whether one data source shows everything that it ever showed.
 *
 * Druid answers 200 from the segments that its broker knows of at the time. What was published is in a segment of a
 * data server; what was not is in one of the task that read it, and goes with that task until another one has read
 * it again, into a segment of the same name. So nothing is missing from an answer if afterwards the broker shows
 * every segment that it showed before, and every task that ran before still runs: a segment that was lost in between
 * can only be back by way of a task that wasn't there.
 *
 * After a loss, and at the start, that must be proved from the beginning: the tasks have read the topic to where it
 * ended then, and the broker shows all that was published and all that tasks hold.
 */
export type Completeness = {
  readonly isComplete: boolean;
  /** Why not, for the log. */
  readonly reason: string | null;
  /** Tasks that may hold rows. */
  readonly tasks: ReadonlySet<string>;
  /** Those of them that were seen neither running nor ended. */
  readonly doubtful: ReadonlySet<string>;
  /** Segments that the broker showed. */
  readonly shown: Segments;
  /** Whether rows may be lost that must be read again. */
  readonly isUnread: boolean;
  /** See `DruidClient.epoch`; null before the first round. */
  readonly epoch: string | null;
  /** When the first round in a row found nothing amiss, epoch milliseconds. */
  readonly soundSince: number | null;
  /** When segments were first found to be gone without a reason, epoch milliseconds. */
  readonly goneSince: number | null;
};

/** What is asked after an answer: of the broker for `[from, to)`, and of the overlord. */
export type Glance = {
  readonly epoch: string;
  readonly running: ReadonlySet<string>;
  readonly shown: Segments;
  readonly from: number;
  readonly to: number;
};

/** What is asked of tasks at one time. */
export type TaskRound = {
  readonly epoch: string;
  readonly supervisor: SupervisorReport['payload'];
  /** Names of the tasks that run on some worker. */
  readonly running: ReadonlySet<string>;
  /** What is said of tasks that are no longer among the supervisor's, or no longer run. */
  readonly told: ReadonlyMap<string, TaskEnd>;
  /**
   * Where the topic ends for readers, by partition, asked after the last answer that was complete (none that was
   * given can be of more); null where it wasn't asked for.
   */
  readonly ends: ReadonlyMap<string, number> | null;
};

/** What is asked of segments after that. */
export type SegmentRound = {
  /** All that the broker shows. */
  readonly shown: Segments;
  /** What it must show: what is published and what tasks hold. Null where `needsExpected` is false. */
  readonly expected: Segments | null;
  /** Tasks that are to run, by the overlord; null where nothing is unread. */
  readonly wanted: WantedTasks | null;
};

/** So long must nothing be amiss before a disturbance is over: what is told of data servers comes a moment late. */
const SETTLE_MS = 750;
/** So long segments of tasks may be gone that nobody holds and nobody published, until they are taken for lost. */
const LOST_AFTER_MS = 5_000;

export const nothingKnown: Completeness = {
  isComplete: false,
  reason: 'not looked at yet',
  tasks: new Set(),
  doubtful: new Set(),
  shown: new Map(),
  isUnread: true,
  epoch: null,
  soundSince: null,
  goneSince: null,
};

/** Whether an answer that came before the glance is of everything. If not, only a round can tell why. */
export function isConfirmed(known: Completeness, glance: Glance): boolean {
  if (!known.isComplete || known.epoch !== glance.epoch) return false;
  for (const task of known.tasks) if (!glance.running.has(task)) return false;
  for (const [id, { start, end }] of known.shown)
    if (start < glance.to && end > glance.from && !glance.shown.has(id)) return false;
  return true;
}

/** What is known after a glance that confirmed an answer: with the segments and tasks that were not there before. */
export function afterGlance(known: Completeness, { shown, running }: Glance): Completeness {
  const isOld = [...shown.keys()].every((id) => known.shown.has(id)) && running.size === known.tasks.size;
  if (isOld) return known;
  return {
    ...known,
    shown: new Map([...known.shown, ...shown]),
    tasks: new Set([...known.tasks, ...running]),
  };
}

const tasksOf = ({ activeTasks, publishingTasks }: SupervisorReport['payload']): TaskReport[] => [
  ...activeTasks,
  ...publishingTasks,
];

/** Tasks that must be asked about: known, and now not running or not the supervisor's. */
export function vanished(
  known: Completeness,
  supervisor: SupervisorReport['payload'],
  running: ReadonlySet<string>,
): string[] {
  const reported = new Set(tasksOf(supervisor).map(({ id }) => id));
  return [...known.tasks].filter((id) => !reported.has(id) || !running.has(id));
}

/** What is known after the first part of a round. With a `reason` there is no need for the second. */
export function afterTasks(known: Completeness, round: TaskRound): Completeness {
  const { told, running, epoch } = round;
  const isRestarted = known.epoch !== null && known.epoch !== epoch;
  // One that comes back under its name begins anew.
  const lost = [...known.tasks].filter(
    (id) => told.get(id) === 'FAILED' || (known.doubtful.has(id) && running.has(id)),
  );
  const ended = new Set([...told].filter(([, end]) => end !== 'RUNNING').map(([id]) => id));
  const tasks = new Set([...known.tasks, ...running].filter((id) => !ended.has(id)));
  const doubtful = new Set([...tasks].filter((id) => told.get(id) === 'RUNNING' && !running.has(id)));
  const isUnread = known.isUnread || isRestarted || lost.length > 0;
  const reason = isRestarted
    ? 'Druid was started again, or may have been'
    : lost.length > 0
      ? `lost ${lost.join(', ')}`
      : doubtful.size > 0
        ? `${[...doubtful].join(', ')} neither run nor have ended`
        : isUnread
          ? unread(round)
          : null;
  return {
    ...(reason === null ? { ...known, reason } : unsound(known, reason)),
    tasks,
    doubtful,
    isUnread,
    epoch,
    // What was lost is no longer waited for: all that there must be is proved anew.
    shown: isUnread ? new Map() : known.shown,
  };
}

/** Whether it must be asked what the broker is to show, because it isn't only more than it did. */
export const needsExpected = (known: Completeness, shown: Segments): boolean =>
  !known.isComplete || [...known.shown.keys()].some((id) => !shown.has(id));

/** What is known after both parts of a round, in whose first part tasks were found to be sound. */
export function afterSegments(known: Completeness, at: number, round: SegmentRound): Completeness {
  const gone = goneOf(known, round);
  if (gone.length > 0) {
    const goneSince = known.goneSince ?? at;
    const isLost = at - goneSince > LOST_AFTER_MS;
    const reason = `the broker no longer shows ${gone[0]}`;
    return { ...unsound(known, reason), goneSince: isLost ? null : goneSince, isUnread: isLost };
  }
  const reason = missing(round) ?? waiting(known, round);
  if (reason !== null) return { ...unsound(known, reason), goneSince: null };
  const soundSince = known.soundSince ?? at;
  const isComplete = known.isComplete || at - soundSince >= SETTLE_MS;
  return {
    ...known,
    isComplete,
    reason: isComplete ? null : 'settling',
    soundSince,
    goneSince: null,
    isUnread: known.isUnread && !isComplete,
    shown: isComplete ? round.shown : known.shown,
  };
}

const unsound = (known: Completeness, reason: string): Completeness => ({
  ...known,
  isComplete: false,
  reason,
  soundSince: null,
});

/**
 * Segments of tasks that the broker showed, and that now nobody shows, holds or has published. (What was published
 * and no longer is was dropped on purpose; `missing` sees to the rest.)
 */
function goneOf(known: Completeness, { shown, expected }: SegmentRound): string[] {
  if (!expected) return [];
  const isGone = ([id, segment]: readonly [string, Segment]): boolean =>
    !segment.isPublished && !expected.has(id) && !isShown(id, segment, shown);
  return [...known.shown].filter(isGone).map(([id]) => id);
}

/** What the broker must show and doesn't; null when it shows all. */
function missing({ shown, expected }: SegmentRound): string | null {
  const absent = [...(expected ?? [])].filter(([id, segment]) => !isShown(id, segment, shown));
  return absent.length > 0 ? `the broker doesn't show ${absent.length} segments, as ${absent[0]?.[0]}` : null;
}

/**
 * A task that is to run and doesn't yet: it may read again what others have published, or what they follow upon. Or
 * one whose rows are not relied on until they are published, or read anew; `openDruidSteward` sees to that.
 */
function waiting({ tasks }: Completeness, { wanted }: SegmentRound): string | null {
  for (const [id, { isOfBefore, followsFailed }] of wanted ?? []) {
    if (isOfBefore) return `${id} is of before the overlord was started`;
    if (followsFailed) return `${id} follows upon a task that failed, and has not published`;
    if (!tasks.has(id)) return `${id} does not run yet`;
  }
  return null;
}

/** Of a supervisor that begins: it may know a part of its tasks, or tasks that don't fit what is published. */
const BEGINNING = new Set(['PENDING', 'CONNECTING_TO_STREAM', 'DISCOVERING_INITIAL_TASKS', 'CREATING_TASKS']);

/**
 * Why it isn't proved that everything up to the ends was read, and once; null when it is. A supervisor has its tasks
 * begin where what is published, or is being published by another task of its, ends: as long as all of them run, and
 * no others do, what they have read is without a gap. After a restart of the overlord all tasks begin anew under
 * their names, also one that has published already, and one that was to follow upon another; the supervisor may end
 * the other and keep it. So none of before is believed, see `waiting`.
 */
function unread({ supervisor, running, ends }: TaskRound): string | null {
  if (!ends) return 'the end of the topic is not known';
  if (BEGINNING.has(supervisor.detailedState)) return 'the supervisor begins';
  const reported = new Set(tasksOf(supervisor).map(({ id }) => id));
  const stranger = [...running].find((id) => !reported.has(id));
  if (stranger !== undefined) return `${stranger} is not the supervisor's`;
  const dead = [...reported].find((id) => !running.has(id));
  if (dead !== undefined) return `${dead} is not running`;
  for (const [partition, end] of ends) {
    if (end === 0) continue;
    const offsets = supervisor.activeTasks.flatMap(({ currentOffsets }) =>
      currentOffsets ? (currentOffsets[partition] ?? []) : -1,
    );
    const read = offsets.length > 0 ? Math.min(...offsets) : -1;
    if (read < end) return `partition ${partition} is read to ${read} of ${end}`;
  }
  return null;
}
