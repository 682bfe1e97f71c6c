import type { Tenant } from '../domain/tenant.ts';
import { abortReason } from '../lib/errors.ts';

/** A call to a store for some items of one tenant. */
export type Call<Item, Answer> = (
  tenant: Tenant,
  items: readonly Item[],
  signal: AbortSignal,
) => Promise<Answer>;

type GroupLimits = {
  /** Calls of one tenant in flight at the same time; a caller that finds fewer does not wait. */
  readonly underWay: number;
  /** Items that go together at most. */
  readonly items: number;
  /** How long patient callers wait for others, in milliseconds; not at all by default. */
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

/** A caller that waits to go with others. */
type Waiting<Item, Answer> = {
  readonly items: readonly Item[];
  readonly signal: AbortSignal;
  readonly isAwaited: boolean;
  resolve(answer: Answer): void;
  reject(error: unknown): void;
};

/** A tenant's calls in flight and waiting callers; the timer runs while all of them linger. */
type Line<Item, Answer> = {
  underWay: number;
  readonly waiting: Set<Waiting<Item, Answer>>;
  timer: NodeJS.Timeout | undefined;
};

/** All lines to one call of a store. */
type Group<Item, Answer> = {
  readonly call: Call<Item, Answer>;
  readonly limits: GroupLimits;
  /** By tenant. */
  readonly lines: Map<string, Line<Item, Answer>>;
};

/**
 * Groups calls to a store. While enough calls of a tenant are in flight, its further callers share the next call. A
 * call for thirty items costs a store a fraction of thirty calls. A single call goes at once.
 *
 * An aborted caller gets its error at once; a call without callers is ended.
 * @param call runs for all items of a group, each once, and answers every caller. It gets at most `limits.items` unless
 * one caller has more
 */
export function groupCalls<Item, Answer>(
  call: Call<Item, Answer>,
  limits: GroupLimits,
): GroupedCall<Item, Answer> {
  const group: Group<Item, Answer> = { call, limits, lines: new Map() };
  return (tenant, items, signal, { isAwaited = true } = {}) => {
    if (signal.aborted) return Promise.reject(abortReason(signal));
    const line = group.lines.get(tenant.id) ?? { underWay: 0, waiting: new Set(), timer: undefined };
    group.lines.set(tenant.id, line);
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
      startNext(group, tenant, line);
    });
  };
}

/** Starts the next call of a tenant, or waits for others to go with it. */
function startNext<Item, Answer>(
  group: Group<Item, Answer>,
  tenant: Tenant,
  line: Line<Item, Answer>,
  hasLingered = false,
): void {
  const { limits, lines } = group;
  const { lingerMs = 0 } = limits;
  const isWaiting = line.waiting.size > 0;
  if (isWaiting && line.underWay >= limits.underWay) return;
  if (isWaiting && lingerMs > 0 && !hasLingered && !isHurried(line, limits)) {
    line.timer ??= setTimeout(() => {
      line.timer = undefined;
      startNext(group, tenant, line, true);
    }, lingerMs);
    return;
  }
  clearTimeout(line.timer);
  line.timer = undefined;
  if (isWaiting) void run(group, tenant, line, takeLongest(line, limits));
  else if (line.underWay === 0) lines.delete(tenant.id);
}

/** Takes the longest waiting callers, as many as fit into a call. */
function takeLongest<Item, Answer>(
  { waiting }: Line<Item, Answer>,
  limits: GroupLimits,
): Waiting<Item, Answer>[] {
  const taken: Waiting<Item, Answer>[] = [];
  let count = 0;
  for (const one of waiting) {
    if (taken.length > 0 && count + one.items.length > limits.items) break;
    waiting.delete(one);
    taken.push(one);
    count += one.items.length;
  }
  return taken;
}

/** Whether somebody waits for an answer, or a call is full. */
function isHurried<Item, Answer>({ waiting }: Line<Item, Answer>, limits: GroupLimits): boolean {
  let count = 0;
  for (const { items, isAwaited } of waiting)
    if (isAwaited || (count += items.length) >= limits.items) return true;
  return false;
}

/** Makes one call for these callers. It is ended when all of them have aborted. */
async function run<Item, Answer>(
  group: Group<Item, Answer>,
  tenant: Tenant,
  line: Line<Item, Answer>,
  callers: readonly Waiting<Item, Answer>[],
): Promise<void> {
  line.underWay += 1;
  const ending = new AbortController();
  let left = callers.length;
  const onLeave = (): void => {
    left -= 1;
    if (left === 0) ending.abort();
  };
  for (const { signal } of callers) signal.addEventListener('abort', onLeave, { once: true });
  try {
    const items = [...new Set(callers.flatMap((one) => one.items))];
    const answer = await group.call(tenant, items, ending.signal);
    for (const one of callers) one.resolve(answer);
  } catch (error) {
    for (const one of callers) one.reject(error);
  } finally {
    for (const { signal } of callers) signal.removeEventListener('abort', onLeave);
    line.underWay -= 1;
    startNext(group, tenant, line);
  }
}
