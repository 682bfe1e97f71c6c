import type { Json } from './json.ts';

/** A value and when it was said, epoch milliseconds. A null value is a removal, kept so that it can win. */
type TimedValue = { readonly v: Json; readonly t: number };
export type TimedValues = Readonly<Record<string, TimedValue>>;

/** Whether `a` wins over `b`: the later one, and at the same time the one whose JSON text is greater. */
const wins = (a: TimedValue, b: TimedValue): boolean =>
  a.t !== b.t ? a.t > b.t : JSON.stringify(a.v) > JSON.stringify(b.v);

/** Merges two sets of traits, the latest of each: commutative, associative and idempotent, so that order and repeats don't matter. */
export function mergeTraits(a: TimedValues, b: TimedValues): TimedValues {
  const merged: Record<string, TimedValue> = { ...a };
  for (const [name, value] of Object.entries(b)) {
    const before = Object.hasOwn(merged, name) ? merged[name] : undefined;
    if (!before || wins(value, before))
      // A plain assignment to `__proto__` would set the prototype instead of a trait.
      Object.defineProperty(merged, name, { value, enumerable: true, configurable: true, writable: true });
  }
  return merged;
}

/** The values that are not removed. */
export const currentTraits = (traits: TimedValues): Record<string, Json> =>
  Object.fromEntries(Object.entries(traits).flatMap(([name, { v }]) => (v === null ? [] : [[name, v]])));
