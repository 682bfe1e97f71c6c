import { abortReason } from '../../../lib/errors.ts';

/**
 * A number of places that owners share: no owner has more than `ofOne`, and the owner with the fewest gets the next.
 */
export type Shares = {
  /** Does the work as soon as there is a place. @throws the signal's reason while it waits */
  run<T>(owner: string, work: () => Promise<T>, signal: AbortSignal): Promise<T>;
};

export function createShares(places: number, ofOne: number): Shares {
  type Waiting = { readonly owner: string; readonly begin: () => void };
  const held = new Map<string, number>();
  const waiting = new Set<Waiting>();
  let free = places;
  const heldBy = (owner: string): number => held.get(owner) ?? 0;

  const give = (): void => {
    while (free > 0) {
      let first: Waiting | undefined;
      for (const one of waiting) if (heldBy(one.owner) < (first ? heldBy(first.owner) : ofOne)) first = one;
      if (!first) return;
      waiting.delete(first);
      free -= 1;
      held.set(first.owner, heldBy(first.owner) + 1);
      first.begin();
    }
  };
  const take = (owner: string, signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const leave = (): void => {
        waiting.delete(one);
        reject(abortReason(signal));
      };
      const begin = (): void => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const one = { owner, begin };
      if (signal.aborted) return leave();
      signal.addEventListener('abort', leave, { once: true });
      waiting.add(one);
      give();
    });

  return {
    async run(owner, work, signal) {
      await take(owner, signal);
      try {
        return await work();
      } finally {
        free += 1;
        if (heldBy(owner) === 1) held.delete(owner);
        else held.set(owner, heldBy(owner) - 1);
        give();
      }
    },
  };
}
