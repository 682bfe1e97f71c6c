import type { Json, JsonObject } from './json.ts';

/**
 * A value and the sender's time, epoch milliseconds. A null value is a removal, kept so that it can win. `g`: the
 * group, for a trait of a group.
 */
type TimedValue = { readonly v: Json; readonly t: number; readonly g?: string };
export type TimedValues = Readonly<Record<string, TimedValue>>;

/** The trait that says which group a person is of, and how the names of that group's traits begin. */
export const GROUP_ID = 'groupId';
const GROUP_PREFIX = 'group.';

/** Whether a trait is one of the person's group. */
export const isOfGroup = (name: string): boolean => name.startsWith(GROUP_PREFIX);

/** The group of the traits of one call; undefined where they name no group. */
export function groupOf(traits: JsonObject): string | undefined {
  const id = Object.hasOwn(traits, GROUP_ID) ? traits[GROUP_ID] : undefined;
  return typeof id === 'string' ? id : undefined;
}

/**
 * The traits of one call as timed values. Traits of a group beside its id hold while the person belongs to that group.
 */
export function timedTraits(traits: JsonObject, at: number): TimedValues {
  const group = groupOf(traits);
  return Object.fromEntries(
    Object.entries(traits).map(([name, v]) => [
      name,
      group !== undefined && isOfGroup(name) ? { v, t: at, g: group } : { v, t: at },
    ]),
  );
}

/** Between the JSON text of a value and its group; no JSON text holds it. */
const SEPARATOR = '\0';

/** A value with its group as one text, by which two of the same time are compared. */
export const textOfValue = ({ v, g }: Pick<TimedValue, 'v' | 'g'>): string =>
  JSON.stringify(v) + (g === undefined ? '' : SEPARATOR + g);

/** The value of such a text. */
export function valueOfText(text: string): Pick<TimedValue, 'v' | 'g'> {
  const end = text.indexOf(SEPARATOR);
  return end === -1
    ? { v: JSON.parse(text) as Json }
    : { v: JSON.parse(text.slice(0, end)) as Json, g: text.slice(end + 1) };
}

/** Whether `a` wins over `b`: the later value wins, and at the same time the greater text. */
const wins = (a: TimedValue, b: TimedValue): boolean =>
  a.t !== b.t ? a.t > b.t : textOfValue(a) > textOfValue(b);

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

/** The values that are not removed, and not of a group that the person has left. */
export function currentTraits(traits: TimedValues): Record<string, Json> {
  const group = Object.hasOwn(traits, GROUP_ID) ? traits[GROUP_ID]?.v : undefined;
  return Object.fromEntries(
    Object.entries(traits).flatMap(([name, { v, g }]) =>
      v === null || (g !== undefined && g !== group) ? [] : [[name, v]],
    ),
  );
}
