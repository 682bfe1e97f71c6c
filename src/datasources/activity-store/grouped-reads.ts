import { abortReason } from '../../domain/errors.ts';
import type { Tenant } from '../../domain/tenant.ts';

/** Rows by key; a key that has none is missing. */
type Found<V> = ReadonlyMap<string, V>;
type Read<V> = (tenant: Tenant, keys: readonly string[], signal: AbortSignal) => Promise<Found<V>>;

type GroupLimits = {
  /** Calls of one tenant under way at once; a look-up that finds fewer waits for nothing. */
  readonly underWay: number;
  /** Keys that go together at most. */
  readonly keys: number;
};

/** A look-up that waits to go with others. */
type Waiting<V> = {
  readonly keys: readonly string[];
  readonly signal: AbortSignal;
  resolve(found: Found<V>): void;
  reject(error: unknown): void;
};

/** What one tenant has under way, and what waits. */
type Line<V> = { underWay: number; readonly waiting: Set<Waiting<V>> };

const LIMITS: GroupLimits = { underWay: 2, keys: 256 };

/**
 * Look-ups by key, those of one tenant that come while enough of its own are under way together in the next call: a
 * read of thirty rows costs a store a fraction of thirty reads. Alone, a look-up goes at once.
 *
 * Whoever leaves is answered at once; a call that nobody waits for any more is ended.
 * @param read finds the rows of keys, at most `keys` of them unless one look-up has more
 */
export function groupReads<V>(read: Read<V>, { underWay, keys }: GroupLimits = LIMITS): Read<V> {
  const lines = new Map<string, Line<V>>();

  /** What waits longest, as much as goes together. */
  const take = ({ waiting }: Line<V>): Waiting<V>[] => {
    const taken: Waiting<V>[] = [];
    let count = 0;
    for (const one of waiting) {
      if (taken.length > 0 && count + one.keys.length > keys) break;
      waiting.delete(one);
      taken.push(one);
      count += one.keys.length;
    }
    return taken;
  };

  const run = async (tenant: Tenant, line: Line<V>, group: readonly Waiting<V>[]): Promise<void> => {
    line.underWay += 1;
    const call = new AbortController();
    let left = group.length;
    const onLeave = (): void => {
      left -= 1;
      if (left === 0) call.abort();
    };
    for (const { signal } of group) signal.addEventListener('abort', onLeave, { once: true });
    try {
      const found = await read(tenant, [...new Set(group.flatMap((one) => one.keys))], call.signal);
      for (const one of group) one.resolve(found);
    } catch (error) {
      for (const one of group) one.reject(error);
    } finally {
      for (const { signal } of group) signal.removeEventListener('abort', onLeave);
      line.underWay -= 1;
      next(tenant, line);
    }
  };

  const next = (tenant: Tenant, line: Line<V>): void => {
    if (line.waiting.size > 0) void run(tenant, line, take(line));
    else if (line.underWay === 0) lines.delete(tenant.id);
  };

  return (tenant, asked, signal) => {
    if (signal.aborted) return Promise.reject(abortReason(signal));
    const line = lines.get(tenant.id) ?? { underWay: 0, waiting: new Set() };
    lines.set(tenant.id, line);
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        line.waiting.delete(one);
        reject(abortReason(signal));
      };
      const settled = <T>(settle: (value: T) => void) => {
        return (value: T): void => {
          signal.removeEventListener('abort', onAbort);
          settle(value);
        };
      };
      const one: Waiting<V> = { keys: asked, signal, resolve: settled(resolve), reject: settled(reject) };
      signal.addEventListener('abort', onAbort, { once: true });
      if (line.underWay < underWay) void run(tenant, line, [one]);
      else line.waiting.add(one);
    });
  };
}
