/** How long such work is done in one turn of the event loop, in milliseconds. */
const HELD_MS = 10;

const waiting: (() => void)[] = [];
let spent = 0;
let isArmed = false;

/**
 * Does work at once while the work of this turn of the event loop is short. Otherwise it waits for a later turn, in the
 * order of calls, and other requests are answered in between. One queue for the whole process, so that no number of
 * requests adds up.
 * @param work short by itself, and without a wait
 */
export function inTurn<T>(work: () => T): T | Promise<T> {
  if (waiting.length === 0 && spent < HELD_MS) return timed(work);
  return new Promise<T>((resolve, reject) => {
    waiting.push(() => {
      try {
        resolve(timed(work));
      } catch (error) {
        reject(error);
      }
    });
    arm();
  });
}

function timed<T>(work: () => T): T {
  arm();
  const since = performance.now();
  try {
    return work();
  } finally {
    spent += performance.now() - since;
  }
}

function arm(): void {
  if (isArmed) return;
  isArmed = true;
  setImmediate(() => {
    isArmed = false;
    spent = 0;
    let done = 0;
    while (done < waiting.length && spent < HELD_MS) waiting[done++]?.();
    waiting.splice(0, done);
  });
}
