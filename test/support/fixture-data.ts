import DataLoader from 'dataloader';
import { DomainError } from '../../src/lib/errors.ts';

/** What the resolvers of one request did, in order, and who asked. */
export type FixtureContext = {
  readonly authorization: string | undefined;
  readonly signal?: AbortSignal;
  /** References resolved, as `subgraph:Type:key`. */
  readonly references: string[];
  /** Keys of each batch that a loader was asked for, as `subgraph:key,key`. */
  readonly batches: string[];
  readonly mutations: string[];
  readonly products: DataLoader<string, Product | null>;
};

export type Person = {
  key: string;
  name: string;
  tier: 'FREE' | 'PAID';
  joined: Date;
  boss: string | null;
  friends: string[];
};
export type Product = {
  sku: string;
  title: string | null;
  cents: number;
  maker: string;
  parts: string[];
  state: string;
};
export type Review = {
  number: number;
  text: string | null;
  person: string;
  product: string;
  mood: 'GOOD' | 'BAD';
};

const person = (key: string, boss: string | null, friends: string[]): Person => ({
  key,
  name: `Name of ${key}`,
  tier: friends.length > 1 ? 'PAID' : 'FREE',
  joined: new Date(Date.UTC(2020, friends.length, key.length)),
  boss,
  friends,
});
export const PEOPLE = new Map(
  [
    person('ann', null, ['bob', 'cid']),
    person('bob', 'ann', ['ann']),
    person('cid', 'bob', ['ann', 'bob', 'dan']),
    person('dan', 'gone', []),
  ].map((one) => [one.key, one]),
);
const product = (
  sku: string,
  title: string | null,
  maker: string,
  parts: string[],
  state = 'fine',
): Product => ({
  sku,
  title,
  cents: sku.length * 100,
  maker,
  parts,
  state,
});
export const PRODUCTS = new Map(
  [
    product('bike', 'Bicycle', 'ann', ['bell', 'lamp']),
    product('bell', null, 'bob', []),
    product('lamp', 'Lamp', 'gone', ['bell', 'lost'], 'secret'),
    product('rope', 'Rope', 'dan', [], 'broken'),
  ].map((one) => [one.sku, one]),
);
/** Of people who wrote reviews. */
export const SCORES = new Map(['ann', 'bob', 'cid'].map((key, index) => [key, index * 1.5]));
export const REVIEWS: Review[] = [
  { number: 1, text: 'Rides well', person: 'ann', product: 'bike', mood: 'GOOD' },
  { number: 2, text: null, person: 'bob', product: 'bike', mood: 'BAD' },
  { number: 3, text: 'Too loud', person: 'ann', product: 'bell', mood: 'BAD' },
  { number: 4, text: 'Where is it?', person: 'gone', product: 'lost', mood: 'BAD' },
  { number: 5, text: 'Dark', person: 'dan', product: 'lamp', mood: 'GOOD' },
];

export function fixtureContext(authorization?: string, signal?: AbortSignal): FixtureContext {
  const batches: string[] = [];
  const loader = <T>(name: string, rows: ReadonlyMap<string, T>) =>
    new DataLoader<string, T | null>(async (keys) => {
      batches.push(`${name}:${keys.join()}`);
      return keys.map((key) =>
        key === 'fails' ? new DomainError('BACKEND_UNAVAILABLE', 'No store.') : (rows.get(key) ?? null),
      );
    });
  return {
    authorization,
    ...(signal && { signal }),
    references: [],
    batches,
    mutations: [],
    products: loader('catalog', PRODUCTS),
  };
}
