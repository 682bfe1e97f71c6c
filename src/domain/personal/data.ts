import { remembered } from '../../lib/remembered.ts';
import type { ActivityTypeDefinition } from '../activity-types.ts';
import {
  GOODS,
  GOODS_NAMES,
  HARMLESS_CONTEXT,
  HARMLESS_NAMES,
  PERSONAL_CONTEXT,
  PERSONAL_NAMES,
} from './names.ts';

/**
 * A place in attributes or in a context, and what of a value there may be shown to a caller without the scope
 * `leads:pii`. Masks and search ask the same places: else a search would tell what a mask hides.
 */
export type Place = {
  /**
   * `all`: the value. `numbers`: numbers and booleans, no text. `names`: no value, but values below decide for
   * themselves. `nothing`: neither.
   */
  readonly shown: 'all' | 'numbers' | 'names' | 'nothing';
  /** The place of a value by its name in an object here. Items of a list are at the place of the list. */
  below(name: string): Place;
};

const MAX_NAMES = 10_000;

/** A name however it is spelled: `First Name`, `first_name` and `firstName` are one. */
const plainName = remembered((name: string) => name.replace(/[\s_.-]/g, '').toLowerCase(), MAX_NAMES);

const place = (shown: Place['shown'], names: ReadonlyMap<string, Place>, other: () => Place): Place => ({
  shown,
  below: (name) => names.get(plainName(name)) ?? other(),
});
const placesOf = (names: readonly string[], at: Place): [string, Place][] => names.map((name) => [name, at]);

const NOTHING: Place = { shown: 'nothing', below: () => NOTHING };
const byName = new Map<string, Place>();
/** Where no type says anything, and names tell. */
const UNDECLARED: Place = place('numbers', byName, () => UNDECLARED);
const ALL: Place = { shown: 'all', below: (name) => UNDECLARED.below(name) };
const goods = new Map<string, Place>(placesOf(GOODS_NAMES, ALL));
const OF_GOODS: Place = {
  shown: 'numbers',
  below: (name) => goods.get(plainName(name)) ?? UNDECLARED.below(name),
};
for (const [name, at] of [
  ...placesOf(HARMLESS_NAMES, ALL),
  ...placesOf(GOODS, OF_GOODS),
  ...placesOf(PERSONAL_NAMES, NOTHING),
])
  byName.set(name, at);

/** The root of attributes that no type declares. */
export const UNDECLARED_ATTRIBUTES: Place = UNDECLARED;

const declared = new WeakMap<ActivityTypeDefinition, Place>();

/** The root of an activity's attributes. Of a type that is not known, nothing is known to be harmless. */
export function attributesPlace(type: ActivityTypeDefinition | undefined): Place {
  if (!type) return NOTHING;
  let root = declared.get(type);
  if (!root) {
    const places = new Map(type.attributes.map(({ name, pii }) => [name, pii ? NOTHING : ALL]));
    root = { shown: 'numbers', below: (name) => places.get(name) ?? UNDECLARED.below(name) };
    declared.set(type, root);
  }
  return root;
}

/** In a context no name is harmless that is so in attributes. */
const personal = new Map<string, Place>(placesOf(PERSONAL_NAMES, NOTHING));
const CIRCUMSTANCE: Place = place('numbers', personal, () => CIRCUMSTANCE);

function partOfContext(name: string, harmless: readonly string[] | 'itself'): Place {
  if (harmless === 'itself') return ALL;
  const other = PERSONAL_CONTEXT.includes(name) ? NOTHING : CIRCUMSTANCE;
  return place(
    other === NOTHING ? 'names' : 'all',
    new Map([...personal, ...placesOf(harmless, ALL)]),
    () => other,
  );
}

/** The root of an activity's context. */
export const CONTEXT: Place = place(
  'numbers',
  new Map([
    ...personal,
    ...Object.entries(HARMLESS_CONTEXT).map(([name, harmless]): [string, Place] => [
      name,
      partOfContext(name, harmless),
    ]),
  ]),
  () => CIRCUMSTANCE,
);
