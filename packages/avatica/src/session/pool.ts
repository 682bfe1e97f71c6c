/** A bounded number of things, each lent to one borrower at a time. */
export type Pool<T> = {
  /**
   * Lends the thing that came back last, or a new thing. When all are lent, callers wait in line for the next return.
   * @throws the signal's reason when it aborts before there is one, or the reason given to `close`
   */
  acquire(signal: AbortSignal): Promise<T>;
  release(item: T): void;
  /** Refuses present and later callers. Resolves with the idle things, once all lent things are back. */
  close(reason: Error): Promise<readonly T[]>;
};

/** @param create makes a thing; it must not fail */
export function createPool<T>(size: number, create: () => T): Pool<T> {
  const idle: T[] = [];
  const waiting = new Set<{ give(item: T): void; refuse(reason: unknown): void }>();
  let lent = 0;
  let closed: Error | undefined;
  let onEmpty: (() => void) | undefined;

  return {
    acquire(signal) {
      return new Promise((resolve, reject) => {
        if (closed) return reject(closed);
        if (signal.aborted) return reject(signal.reason);
        if (lent < size) {
          lent += 1;
          return resolve(idle.pop() ?? create());
        }
        const waiter = {
          give(item: T) {
            signal.removeEventListener('abort', onAbort);
            resolve(item);
          },
          refuse(reason: unknown) {
            signal.removeEventListener('abort', onAbort);
            reject(reason);
          },
        };
        const onAbort = (): void => {
          waiting.delete(waiter);
          reject(signal.reason);
        };
        signal.addEventListener('abort', onAbort, { once: true });
        waiting.add(waiter);
      });
    },

    release(item) {
      const [first] = waiting;
      if (first) {
        waiting.delete(first);
        first.give(item);
        return;
      }
      idle.push(item);
      lent -= 1;
      if (lent === 0) onEmpty?.();
    },

    async close(reason) {
      closed = reason;
      for (const waiter of waiting) waiter.refuse(reason);
      waiting.clear();
      if (lent > 0)
        await new Promise<void>((resolve) => {
          onEmpty = resolve;
        });
      return idle.splice(0);
    },
  };
}
