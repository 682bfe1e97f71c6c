import type { Tenant } from '../domain/tenant.ts';
import { abortReason } from '../lib/errors.ts';

/** What is asked of a store for some items of one tenant. */
export type Call<Item, Answer> = (
  tenant: Tenant,
  items: readonly Item[],
  signal: AbortSignal,
) => Promise<Answer>;

type GroupLimits = {
  /** Calls of one tenant under way at once; whoever finds fewer waits for nothing. */
  readonly underWay: number;
  /** Items that go together at most. */
  readonly items: number;
  /** How long those wait for company who are in no hurry, in milliseconds; not at all unless told. */
  readonly lingerMs?: number;
};

/** A call that may go with others of its tenant. */
export type GroupedCall<Item, Answer> = (
  tenant: Tenant,
  items: readonly Item[],
  signal: AbortSignal,
  options?: {
    /** False: nobody waits for the answer, so it may linger for others to go with. */
    readonly isAwaited?: boolean;
  },
) => Promise<Answer>;

/** Whoever waits to go with others. */
type Waiting<Item, Answer> = {
  readonly items: readonly Item[];
  readonly signal: AbortSignal;
  readonly isAwaited: boolean;
  resolve(answer: Answer): void;
  reject(error: unknown): void;
};

/** What one tenant has under way, and what waits; the timer runs while all of it lingers. */
type Line<Item, Answer> = {
  underWay: number;
  readonly waiting: Set<Waiting<Item, Answer>>;
  timer: NodeJS.Timeout | undefined;
};

/**
 * Calls to a store, those of one tenant that come while enough of its own are under way together in the next one: a
 * call for thirty costs a store a fraction of thirty calls. Alone, a call goes at once.
 *
 * Whoever leaves is told at once; a call that nobody waits for any more is ended.
 * @param call does it for all items of a group, each once, at most `limits.items` of them unless one caller has more;
 * everybody in the group gets its answer
 */
export function groupCalls<Item, Answer>(
  call: Call<Item, Answer>,
  limits: GroupLimits,
): GroupedCall<Item, Answer> {
  const { lingerMs = 0 } = limits;
  const lines = new Map<string, Line<Item, Answer>>();

  /** What waits longest, as much as goes together. */
  const take = ({ waiting }: Line<Item, Answer>): Waiting<Item, Answer>[] => {
    const taken: Waiting<Item, Answer>[] = [];
    let count = 0;
    for (const one of waiting) {
      if (taken.length > 0 && count + one.items.length > limits.items) break;
      waiting.delete(one);
      taken.push(one);
      count += one.items.length;
    }
    return taken;
  };

  const run = async (
    tenant: Tenant,
    line: Line<Item, Answer>,
    group: readonly Waiting<Item, Answer>[],
  ): Promise<void> => {
    line.underWay += 1;
    const ending = new AbortController();
    let left = group.length;
    const onLeave = (): void => {
      left -= 1;
      if (left === 0) ending.abort();
    };
    for (const { signal } of group) signal.addEventListener('abort', onLeave, { once: true });
    try {
      const answer = await call(tenant, [...new Set(group.flatMap((one) => one.items))], ending.signal);
      for (const one of group) one.resolve(answer);
    } catch (error) {
      for (const one of group) one.reject(error);
    } finally {
      for (const { signal } of group) signal.removeEventListener('abort', onLeave);
      line.underWay -= 1;
      next(tenant, line);
    }
  };

  const isHurried = ({ waiting }: Line<Item, Answer>): boolean => {
    let count = 0;
    for (const { items, isAwaited } of waiting)
      if (isAwaited || (count += items.length) >= limits.items) return true;
    return false;
  };

  const next = (tenant: Tenant, line: Line<Item, Answer>, hasLingered = false): void => {
    const isWaiting = line.waiting.size > 0;
    if (isWaiting && line.underWay >= limits.underWay) return;
    if (isWaiting && lingerMs > 0 && !hasLingered && !isHurried(line)) {
      line.timer ??= setTimeout(() => {
        line.timer = undefined;
        next(tenant, line, true);
      }, lingerMs);
      return;
    }
    clearTimeout(line.timer);
    line.timer = undefined;
    if (isWaiting) void run(tenant, line, take(line));
    else if (line.underWay === 0) lines.delete(tenant.id);
  };

  return (tenant, items, signal, { isAwaited = true } = {}) => {
    if (signal.aborted) return Promise.reject(abortReason(signal));
    const line = lines.get(tenant.id) ?? { underWay: 0, waiting: new Set(), timer: undefined };
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
      const one: Waiting<Item, Answer> = {
        items,
        signal,
        isAwaited,
        resolve: settled(resolve),
        reject: settled(reject),
      };
      signal.addEventListener('abort', onAbort, { once: true });
      line.waiting.add(one);
      next(tenant, line);
    });
  };
}
