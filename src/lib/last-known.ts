import { LRUCache } from 'lru-cache';
import { within } from './abort.ts';
import { DomainError } from './errors.ts';

type LastKnownOptions<K, V> = {
  /** Reads the current value. */
  load(key: K): Promise<V>;
  readonly max: number;
  /** How long an answer is taken to be true, in milliseconds. */
  readonly ttlMs: number;
  /** How long the last answer holds while the store does not answer, in milliseconds; an hour unless given. */
  readonly staleMs?: number;
};

type LastKnown<K, V> = {
  get(key: K): Promise<V>;
  /** Asks the store, even for a remembered value. @throws the errors of `load` */
  renew(key: K): Promise<V>;
  forget(key: K): void;
  clear(): void;
};

/** How long a store may take before its last answer is used instead, in milliseconds. */
const PATIENCE = { ms: 1_000, timedOut: () => new DomainError('BACKEND_UNAVAILABLE', 'The store is late.') };
const STALE_MS = 3_600_000;

type Entry<V> = { readonly value: V; readonly loadedAt: number; checkedAt: number };

/**
 * Remembers answers of a store. While the store does not answer, its last answer holds for `staleMs`. So requests that
 * need only a name, a key or a type continue without the store.
 *
 * Missing values (`undefined`) are remembered apart, for `ttlMs` and no longer. So a flood of unknown names evicts no
 * useful answer.
 */
export function lastKnown<K extends object | string, V>({
  load,
  max,
  ttlMs,
  staleMs = STALE_MS,
}: LastKnownOptions<K, V>): LastKnown<K, V> {
  const entries = new LRUCache<K, Entry<V>>({ max });
  const absent = new LRUCache<K, true>({ max, ttl: ttlMs });
  const loading = new Map<K, Promise<V>>();

  const keep = (key: K, value: V): void => {
    if (value === undefined) {
      absent.set(key, true);
      entries.delete(key);
    } else {
      absent.delete(key);
      entries.set(key, { value, loadedAt: Date.now(), checkedAt: Date.now() });
    }
  };

  const renew = (key: K): Promise<V> => {
    const underWay = loading.get(key);
    if (underWay) return underWay;
    const promise = load(key)
      .then((value) => {
        // One that was forgotten meanwhile may be from before the change.
        if (loading.get(key) === promise) keep(key, value);
        return value;
      })
      .finally(() => {
        if (loading.get(key) === promise) loading.delete(key);
      });
    loading.set(key, promise);
    return promise;
  };

  return {
    async get(key) {
      const known = entries.get(key);
      if (known && Date.now() - known.checkedAt < ttlMs) return known.value;
      if (!known && absent.has(key)) return undefined as V;
      if (!known || Date.now() - known.loadedAt > staleMs) return renew(key);
      const late = Symbol();
      const answer = await within(() => renew(key), undefined, PATIENCE).catch(() => late);
      if (answer !== late) return answer as V;
      known.checkedAt = Date.now();
      return known.value;
    },
    renew,
    forget(key) {
      entries.delete(key);
      absent.delete(key);
      loading.delete(key);
    },
    clear() {
      entries.clear();
      absent.clear();
      loading.clear();
    },
  };
}
