import { within } from '../lib/abort.ts';
import { DomainError } from '../lib/errors.ts';

/** Services that fail while a dependency is away. A process is ready when it can take writes and answer reads. */
type Service = 'writers' | 'readers' | 'search' | 'figures';

/** Something outside the process that it depends on. */
export type Dependency = {
  /** As shown to operators: `kafka`, `disk`. */
  readonly name: string;
  readonly neededBy: readonly Service[];
  /** Resolves when it works now. @throws Error that says why not; the message is logged, never shown to callers */
  check(signal: AbortSignal): Promise<void>;
};

export type DependencyState = {
  readonly name: string;
  readonly neededBy: readonly Service[];
  readonly status: 'up' | 'away';
  /** Since when it has this status, ISO 8601. */
  readonly since: string;
};

type HealthReport = {
  readonly services: Readonly<Record<'writers' | 'readers', boolean>>;
  readonly dependencies: readonly DependencyState[];
};

/** Watches the dependencies of a process. */
export interface Health {
  /** The state as of at most a second ago. */
  report(): Promise<HealthReport>;
  close(): Promise<void>;
}

export type HealthOptions = {
  readonly dependencies: readonly Dependency[];
  /** Called when a dependency goes away, and once a minute until it is back. */
  onAway(name: string, since: Date, error: unknown): void;
  onBack(name: string, awaySince: Date): void;
  /** Called with the state of each after every round. */
  onState?(name: string, isUp: boolean): void;
  /** From one round to the next, in milliseconds. */
  readonly everyMs?: number;
  /** A dependency that needs longer than this is away, in milliseconds. */
  readonly timeoutMs?: number;
  /** Clock, epoch milliseconds. */
  readonly now?: () => number;
};

const REMIND_MS = 60_000;
/** A report is of at most so long ago. */
const FRESH_MS = 1_000;

type Known = { isUp: boolean; since: number; toldAt: number };

export function createHealth(options: HealthOptions): Health {
  const { dependencies, everyMs = 5_000, timeoutMs = 2_000, now = Date.now } = options;
  const known = new Map<string, Known>();
  let checkedAt = Number.NEGATIVE_INFINITY;
  let round: Promise<void> | undefined;

  const note = (name: string, error: unknown): void => {
    const time = now();
    const isUp = error === undefined;
    const before = known.get(name);
    const state = before?.isUp === isUp ? before : { isUp, since: time, toldAt: Number.NEGATIVE_INFINITY };
    known.set(name, state);
    options.onState?.(name, isUp);
    if (!isUp && time - state.toldAt >= REMIND_MS) {
      state.toldAt = time;
      options.onAway(name, new Date(state.since), error);
    }
    if (isUp && before && !before.isUp) options.onBack(name, new Date(before.since));
  };
  const checkAll = async (): Promise<void> => {
    await Promise.all(
      dependencies.map(async ({ name, check }) => note(name, await faultOf(check, timeoutMs))),
    );
    checkedAt = now();
  };
  const refresh = (): Promise<void> => {
    round ??= checkAll().finally(() => {
      round = undefined;
    });
    return round;
  };
  const timer = setInterval(() => void refresh(), everyMs);
  timer.unref();

  return {
    async report() {
      if (now() - checkedAt >= FRESH_MS) await refresh();
      const isServed = (service: Service): boolean =>
        dependencies.every(
          ({ name, neededBy }) => !neededBy.includes(service) || known.get(name)?.isUp === true,
        );
      return {
        services: { writers: isServed('writers'), readers: isServed('readers') },
        dependencies: dependencies.map(({ name, neededBy }) => {
          const { isUp = false, since = now() } = known.get(name) ?? {};
          return { name, neededBy, status: isUp ? 'up' : 'away', since: new Date(since).toISOString() };
        }),
      };
    },
    async close() {
      clearInterval(timer);
      await round;
    },
  };
}

/** @returns why a check failed; undefined when it did not */
function faultOf(check: Dependency['check'], timeoutMs: number): Promise<unknown> {
  const timedOut = (): DomainError =>
    new DomainError('BACKEND_UNAVAILABLE', `no answer within ${timeoutMs} ms`);
  return within(check, undefined, { ms: timeoutMs, timedOut }).then(
    () => undefined,
    (error: unknown) => error ?? new Error('unknown reason'),
  );
}
