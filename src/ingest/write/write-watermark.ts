import type { Checkpoints, LogPosition, LogPositions } from '../../datasources/activity-log/port.ts';

/** Records between two saves of the checkpoint, at most; a replay after a crash has about as many more to look at. */
const SAVE_EVERY_RECORDS = 5_000;
const SAVE_EVERY_MS = 1_000;
const SAVE_TIMEOUT_MS = 5_000;

/** How far a store has come with the log, when work on it finishes out of order. */
export interface Watermark {
  /** These records are in the store (or among the failed activities). */
  done(positions: readonly LogPosition[]): void;
  /** The first offset of each partition that is not known to be done. */
  positions(): LogPositions;
  /** Saves the checkpoint now, if the store can be reached. */
  save(): Promise<void>;
  stop(): void;
}

/**
 * Moves past contiguous finished work only, and saves where it is now and then: after the records, in the
 * same database, whose own log is replayed in order, so that a checkpoint never survives without its records.
 * @param start the positions that recovery ended at
 */
export function createWatermark(checkpoints: Checkpoints, start: LogPositions): Watermark {
  const marks = new Map(start);
  /** Finished ranges beyond the mark, `first` → one past the last, by partition; neighbours are joined. */
  const ahead = new Map<
    number,
    { readonly byFirst: Map<number, number>; readonly byNext: Map<number, number> }
  >();
  let saved = new Map(start);
  let unsaved = 0;
  let saving: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;

  const finish = (partition: number, first: number, next: number): void => {
    const mark = marks.get(partition) ?? 0;
    if (next <= mark) return;
    let ranges = ahead.get(partition);
    if (!ranges) {
      ranges = { byFirst: new Map(), byNext: new Map() };
      ahead.set(partition, ranges);
    }
    const { byFirst, byNext } = ranges;
    const before = byNext.get(first);
    if (before !== undefined) {
      byNext.delete(first);
      first = before;
    }
    const after = byFirst.get(next);
    if (after !== undefined) {
      byFirst.delete(next);
      byNext.delete(after);
      next = after;
    }
    byFirst.delete(first);
    if (first <= mark) {
      marks.set(partition, next);
      unsaved += next - mark;
      byNext.delete(next);
    } else {
      byFirst.set(first, next);
      byNext.set(next, first);
    }
  };

  const saveNow = async (): Promise<void> => {
    const now = new Map(marks);
    const moved = new Map([...now].filter(([partition, offset]) => saved.get(partition) !== offset));
    if (moved.size === 0) return;
    unsaved = 0;
    try {
      await checkpoints.save(moved, AbortSignal.timeout(SAVE_TIMEOUT_MS));
      saved = now;
    } catch {
      // An older checkpoint only means more to replay; the next save makes up for it.
    }
  };
  const save = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    const turn = (saving ?? Promise.resolve()).then(saveNow).finally(() => {
      if (saving === turn) saving = undefined;
    });
    saving = turn;
    return turn;
  };

  return {
    done(positions) {
      for (let start = 0; start < positions.length; ) {
        const { partition, offset } = positions[start] as LogPosition;
        let end = start + 1;
        while (positions[end]?.partition === partition && positions[end]?.offset === offset + (end - start))
          end += 1;
        finish(partition, offset, offset + (end - start));
        start = end;
      }
      if (unsaved >= SAVE_EVERY_RECORDS && !saving) void save();
      else if (unsaved > 0) timer ??= setTimeout(() => void save(), SAVE_EVERY_MS).unref();
    },
    positions: () => new Map(marks),
    save,
    stop() {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}
