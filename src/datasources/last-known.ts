import { LRUCache } from 'lru-cache';

type LastKnownOptions<K, V> = {
  /** Reads what is so now. */
  load(key: K): Promise<V>;
  readonly max: number;
  /** How long an answer is taken to be true, in milliseconds. */
  readonly ttlMs: number;
};

type LastKnown<K, V> = {
  get(key: K): Promise<V>;
  /** Asks the store, whatever is remembered. @throws what `load` throws */
  renew(key: K): Promise<V>;
  forget(key: K): void;
  clear(): void;
};

/** How long a store may take before what it said last is told instead, in milliseconds. */
const PATIENCE_MS = 1_000;
/** For so long what was said last is better than no answer, in milliseconds. */
const STALE_MS = 3_600_000;

type Entry<V> = { readonly value: V; readonly loadedAt: number; checkedAt: number };

/**
 * Remembers what a store said. While the store does not answer, what it said last holds on, for an hour: so what
 * needs a tenant's name, a key or a type, but nothing else of that store, goes on without it.
 */
export function lastKnown<K extends object | string, V>({
  load,
  max,
  ttlMs,
}: LastKnownOptions<K, V>): LastKnown<K, V> {
  const entries = new LRUCache<K, Entry<V>>({ max });
  const loading = new Map<K, Promise<V>>();

  const renew = (key: K): Promise<V> => {
    let promise = loading.get(key);
    if (!promise) {
      promise = load(key)
        .then((value) => {
          entries.set(key, { value, loadedAt: Date.now(), checkedAt: Date.now() });
          return value;
        })
        .finally(() => loading.delete(key));
      loading.set(key, promise);
    }
    return promise;
  };

  return {
    async get(key) {
      const known = entries.get(key);
      if (known && Date.now() - known.checkedAt < ttlMs) return known.value;
      if (!known || Date.now() - known.loadedAt > STALE_MS) return renew(key);
      const late = Symbol();
      const answer = await Promise.race([
        renew(key).catch(() => late),
        new Promise<typeof late>((resolve) => setTimeout(resolve, PATIENCE_MS, late)),
      ]);
      if (answer !== late) return answer as V;
      known.checkedAt = Date.now();
      return known.value;
    },
    renew,
    forget(key) {
      entries.delete(key);
      loading.delete(key);
    },
    clear() {
      entries.clear();
      loading.clear();
    },
  };
}
