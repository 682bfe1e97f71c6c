import { abortReason } from '../../lib/errors.ts';

/** A turn at the one session: statements share it, a transaction has it alone. First come, first served. */
type Turn = { readonly isExclusive: boolean; start(): void };

/** The turns at the one session of a database: those that run, and those that wait. */
type SessionTurns = {
  readonly queue: Turn[];
  running: number;
  isExclusive: boolean;
};

export const createTurns = (): SessionTurns => ({ queue: [], running: 0, isExclusive: false });

/** Starts all turns that may run now. */
function startNext(turns: SessionTurns): void {
  const { queue } = turns;
  for (let turn = queue[0]; turn; turn = queue[0]) {
    if (turns.isExclusive || (turn.isExclusive && turns.running > 0)) return;
    queue.shift();
    if (turn.isExclusive) turns.isExclusive = true;
    turns.running += 1;
    turn.start();
  }
}

/** @returns what ends a turn; once, however often it is called */
function endOf(turns: SessionTurns, isExclusive: boolean): () => void {
  let hasEnded = false;
  return () => {
    if (hasEnded) return;
    hasEnded = true;
    turns.running -= 1;
    if (isExclusive) turns.isExclusive = false;
    startNext(turns);
  };
}

/**
 * Runs `work` when its turn has come. The caller is let go at once on abort; the turn ends with the work, or before it
 * when the work says so.
 */
export function inSessionTurn<T>(
  turns: SessionTurns,
  isExclusive: boolean,
  signal: AbortSignal | undefined,
  work: (endTurn: () => void) => Promise<T>,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    if (signal?.aborted) return reject(abortReason(signal));
    const end = endOf(turns, isExclusive);
    const turn: Turn = {
      isExclusive,
      start() {
        work(end)
          .then(resolve, reject)
          .finally(() => {
            signal?.removeEventListener('abort', onAbort);
            end();
          });
      },
    };
    const onAbort = (): void => {
      const waiting = turns.queue.indexOf(turn);
      if (waiting !== -1) {
        turns.queue.splice(waiting, 1);
        startNext(turns);
      }
      reject(abortReason(signal));
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    turns.queue.push(turn);
    startNext(turns);
  });
}
