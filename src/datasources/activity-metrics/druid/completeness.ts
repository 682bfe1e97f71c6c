import { isShown, type Segment, type Segments } from './segments.ts';
import type { SupervisorReport, TaskEnd, TaskReport, WantedTasks } from './status.ts';

/**
 * Whether one data source shows everything that it ever showed.
 *
 * Druid answers 200 from the segments that its broker currently knows. Published rows are in a segment of a data
 * server. Other rows are in a segment of the task that read them. They are lost with that task until another task has
 * read them again, into a segment of the same name. So an answer is complete if afterwards the broker still shows every
 * earlier segment, and every earlier task still runs. A segment that was lost in between can only come back by a new
 * task.
 *
 * After a loss, and at the start, completeness must be proved from the beginning. Then the tasks have read to the
 * topic's end, and the broker shows all published segments and all segments of tasks.
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
  /** When segments were first missing without a reason, epoch milliseconds. */
  readonly goneSince: number | null;
};

/** The state after an answer: the broker's view of `[from, to)`, and the overlord's. */
export type Glance = {
  readonly epoch: string;
  readonly running: ReadonlySet<string>;
  readonly shown: Segments;
  readonly from: number;
  readonly to: number;
};

/** The state of tasks at one time. */
export type TaskRound = {
  readonly epoch: string;
  readonly supervisor: SupervisorReport['payload'];
  /** Names of the tasks that run on some worker. */
  readonly running: ReadonlySet<string>;
  /** The ends of tasks that the supervisor no longer lists, or that no longer run. */
  readonly told: ReadonlyMap<string, TaskEnd>;
  /**
   * Where the topic ends for readers, by partition, read after the last complete answer (no answer can have more). Null
   * where it was not read.
   */
  readonly ends: ReadonlyMap<string, number> | null;
};

/** The state of segments after that. */
export type SegmentRound = {
  /** All that the broker shows. */
  readonly shown: Segments;
  /** The segments that it must show: published segments and those of tasks. Null where `needsExpected` is false. */
  readonly expected: Segments | null;
  /** Tasks that are to run, by the overlord; null where nothing is unread. */
  readonly wanted: WantedTasks | null;
};

/** A disturbance is over after so long without a fault: news of data servers comes a moment late. */
const SETTLE_MS = 750;
/** Segments of tasks that are neither held nor published count as lost after so long. */
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

/** The state after a glance that confirmed an answer, with new segments and tasks. */
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

/** The state after the first part of a round. With a `reason` the second part is not needed. */
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

/** The state after both parts of a round whose first part found no fault of tasks. */
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
 * Segments of tasks that the broker showed, and that are now neither shown, held nor published. (A published segment
 * that disappears was dropped on purpose; `missing` handles the rest.)
 */
function goneOf(known: Completeness, { shown, expected }: SegmentRound): string[] {
  if (!expected) return [];
  const isGone = ([id, segment]: readonly [string, Segment]): boolean =>
    !segment.isPublished && !expected.has(id) && !isShown(id, segment, shown);
  return [...known.shown].filter(isGone).map(([id]) => id);
}

/** A segment that the broker must show and doesn't; null when it shows all. */
function missing({ shown, expected }: SegmentRound): string | null {
  const absent = [...(expected ?? [])].filter(([id, segment]) => !isShown(id, segment, shown));
  return absent.length > 0 ? `the broker doesn't show ${absent.length} segments, as ${absent[0]?.[0]}` : null;
}

/**
 * A task that is to run and doesn't yet: it may read again the rows that others have published. Or a task whose rows
 * are not trusted until they are published or read again; `openDruidSteward` handles that.
 */
function waiting({ tasks }: Completeness, { wanted }: SegmentRound): string | null {
  for (const [id, { isOfBefore, followsFailed }] of wanted ?? []) {
    if (isOfBefore) return `${id} is of before the overlord was started`;
    if (followsFailed) return `${id} follows upon a task that failed, and has not published`;
    if (!tasks.has(id)) return `${id} does not run yet`;
  }
  return null;
}

/** States of a starting supervisor: it may know a part of its tasks, or tasks that don't fit the published segments. */
const BEGINNING = new Set(['PENDING', 'CONNECTING_TO_STREAM', 'DISCOVERING_INITIAL_TASKS', 'CREATING_TASKS']);

/**
 * Why it isn't proved that everything up to the ends was read, and once; null when it is. A supervisor's tasks begin
 * where published segments end, or segments that another of its tasks is publishing. As long as all of them run, and no
 * others do, they have read without a gap. After a restart of the overlord all tasks begin again under their names.
 * That includes a task that has published already, and a task that was to follow another. The supervisor may end the
 * other and keep it. So tasks from before the restart are not trusted, see `waiting`.
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
