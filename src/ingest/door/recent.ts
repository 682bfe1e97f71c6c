/** Remembers the latest entries, between `max` / 2 and `max`, in two maps. The older map is dropped as a whole. */
export type Recent<V> = {
  get(key: string): V | undefined;
  set(key: string, value: V): void;
};

export function createRecent<V>(max: number): Recent<V> {
  let [young, old] = [new Map<string, V>(), new Map<string, V>()];
  return {
    get: (key) => young.get(key) ?? old.get(key),
    set(key, value) {
      young.set(key, value);
      if (young.size < max / 2) return;
      old = young;
      young = new Map();
    },
  };
}
