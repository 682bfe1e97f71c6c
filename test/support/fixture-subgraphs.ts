import { GraphQLScalarType, parse } from 'graphql';
import { composeSupergraph } from '../../src/gateway/router/compose-supergraph.ts';
import { DomainError, type ErrorCode } from '../../src/lib/errors.ts';
import { Reference } from '../../src/resolvers/reference.ts';
import type { ExecutableSubgraph, ResolverMap } from '../../src/resolvers/subgraph.ts';
import {
  type FixtureContext,
  PEOPLE,
  type Person,
  PRODUCTS,
  type Product,
  REVIEWS,
  type Review,
  SCORES,
} from './fixture-data.ts';

/**
 * Four small subgraphs with all that the product needs of federation: entities of one owner each, references behind an
 * interface and a union, shared value types that contain entities, lists of lists, missing entities, failing fields and
 * references, and promises in lists.
 */

const FEDERATION = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: ["@key", "@shareable"])`;

const later = async <T>(value: T, turns = 1): Promise<T> => {
  for (let turn = 0; turn < turns; turn += 1) await null;
  return value;
};
const fail = (code: ErrorCode): never => {
  throw new DomainError(code, `Refused with ${code}.`);
};
const local = (id: string): string => id.slice(id.indexOf(':') + 1);
const stub = (type: string, key: string) => new Reference({ type, letter: `${type}:`, form: /./ }, key);
const page = <T>(items: T[]) => ({ items, info: { more: items.length > 2, cursor: null } });

/** A moment; a `Date` inside. */
const Moment = new GraphQLScalarType({
  name: 'Moment',
  serialize: (value) => (value as Date).toISOString(),
  parseValue(value) {
    const date = new Date(String(value instanceof Date ? value.toISOString() : value));
    if (typeof value === 'number' || Number.isNaN(date.getTime()))
      throw new TypeError('A moment is ISO 8601.');
    return date;
  },
});

type Args = Record<string, never>;
type Resolve<T> = (parent: T, args: never, context: FixtureContext) => unknown;
type Fields<T> = { readonly [field: string]: Resolve<T> };
const fields = <T>(resolvers: Fields<T>): Fields<T> => resolvers;
const reference = (
  subgraph: string,
  find: (key: string, context: FixtureContext) => unknown,
): Resolve<{ __typename?: string; id: string }> =>
  (({ id }: { id: string }, context: FixtureContext) => {
    context.references.push(`${subgraph}:${id}`);
    return find(local(id), context);
  }) as unknown as Resolve<{ id: string }>;

const module = (
  name: string,
  sdl: string,
  resolvers: Record<string, Fields<never> | GraphQLScalarType>,
): ExecutableSubgraph => ({
  name,
  typeDefs: parse(`${FEDERATION}\n${sdl}`),
  resolvers: resolvers as unknown as ResolverMap,
});

const personNamed = (key: string): Person | null => PEOPLE.get(key) ?? null;

const people = module(
  'people',
  `
  scalar Moment
  enum Tier { FREE PAID }
  enum Mood { GOOD BAD }
  interface Node { id: ID! }
  type PageInfo @shareable { more: Boolean! cursor: String }
  type ReviewPage @shareable { items: [Review!]! info: PageInfo! }
  type Price @shareable { cents: Int! currency: String! }
  input Window { from: Moment to: Moment limit: Int! = 2 not: Window labels: [String!] }
  type Query {
    node(id: ID!): Node
    nodes(ids: [ID!]!): [Node]!
    person(key: String!): Person
    people(keys: [String!] = ["ann", "bob", "cid"]): [Person]!
    everyone: [Person!]!
    teams: [[Person]!]!
    echo(text: String = "nothing", moment: Moment, window: Window, tier: Tier, numbers: [[Int]]): String
    moment(at: Moment! = "2024-02-29T00:00:00.000Z"): Moment!
    fails(code: String!): String
    whoami: String
    mixed: [String]
  }
  type Mutation {
    rename(key: String!, to: String!): Person
    refuse(code: String!): Person
    must(code: String): Person!
  }
  type Person implements Node @key(fields: "id") {
    id: ID!
    name(upper: Boolean = false): String!
    tier: Tier!
    joined: Moment!
    boss: Person
    friends(first: Int = 10): [Person!]!
    favourite: Product
    shelves: [[Product!]]!
    things: [Thing]
    broken: String
    returned: String
    private: String
    strict: String!
    budget: Price
    promises: [Product]
    reviews(mood: Mood): ReviewPage!
    score(weight: Float = 1): Float
    trusted: Boolean!
    failing: String
  }
  union Thing = Person | Product
  type Product implements Node @key(fields: "id", resolvable: false) { id: ID! }
  type Review implements Node @key(fields: "id", resolvable: false) { id: ID! }
  `,
  {
    Moment,
    Query: fields<unknown>({
      node: (_parent, { id }: { id: string }) => nodeOf(id),
      nodes: (_parent, { ids }: { ids: string[] }) => ids.map((id) => nodeOf(id)),
      person: (_parent, { key }: { key: string }) => personNamed(key),
      people: (_parent, { keys }: { keys: string[] }) =>
        keys.map((key) => later(personNamed(key), key.length)),
      everyone: () => later([...PEOPLE.values()]),
      teams: () => [[personNamed('ann'), null], [], [personNamed('bob'), personNamed('ann')]],
      echo: (_parent, args: Args) => JSON.stringify(args),
      moment: (_parent, { at }: { at: Date }) => at,
      fails: (_parent, { code }: { code: ErrorCode }) => fail(code),
      whoami: (_parent, _args, context) => context.authorization ?? null,
      mixed: () => [
        later('late', 5),
        Promise.reject(new DomainError('TIMEOUT', 'Too late.')),
        'now',
        null,
        new DomainError('NOT_FOUND', 'Not here.'),
      ],
    }),
    Mutation: fields<unknown>({
      rename: (_parent, { key, to }: { key: string; to: string }, context) => {
        context.mutations.push(`rename ${key}`);
        const found = personNamed(key);
        return later(found && { ...found, name: to }, 3);
      },
      refuse: (_parent, { code }: { code: ErrorCode }, context) => {
        context.mutations.push(`refuse ${code}`);
        return fail(code);
      },
      must: async (_parent, { code }: { code: ErrorCode | undefined }, context) => {
        context.mutations.push(`must ${code}`);
        return code ? fail(code) : personNamed('ann');
      },
    }),
    Node: { __resolveType: (value: { key?: string }) => ('key' in value ? 'Person' : 'Product') },
    Thing: { __resolveType: (value: { key?: string }) => ('key' in value ? 'Person' : 'Product') },
    Person: fields<Person>({
      __resolveReference: reference('people', (key) =>
        key === 'fails' ? fail('TIMEOUT') : later(personNamed(key)),
      ) as never,
      id: ({ key }) => `Person:${key}`,
      name: ({ name }, { upper }: { upper: boolean }) => (upper ? name.toUpperCase() : name),
      boss: ({ boss }) => (boss === null ? null : personNamed(boss)),
      friends: ({ friends }, { first }: { first: number }) => later(friends.slice(0, first).map(personNamed)),
      favourite: ({ key }) => stub('Product', { ann: 'bike', bob: 'lamp', cid: 'lost' }[key] ?? 'fails'),
      shelves: ({ key }) =>
        key === 'dan'
          ? [[stub('Product', 'rope')], null, []]
          : [[stub('Product', 'bike'), stub('Product', 'bell')]],
      things: ({ friends }) => [...friends.map(personNamed), stub('Product', 'lamp'), null],
      broken: ({ key }) => (key === 'ann' ? 'whole' : fail('BACKEND_UNAVAILABLE')),
      returned: ({ key }) => (key === 'ann' ? 'whole' : new DomainError('FORBIDDEN', 'Not for you.')),
      private: async ({ key }) => (key === 'cid' ? fail('FORBIDDEN') : 'open'),
      strict: ({ key }) => (key === 'bob' ? fail('TIMEOUT') : key),
      budget: ({ friends }) => (friends.length ? { cents: friends.length * 100, currency: 'EUR' } : null),
      promises: () => [
        later(stub('Product', 'bike'), 4),
        Promise.reject(new DomainError('NOT_FOUND', 'Nothing.')),
        stub('Product', 'rope'),
      ],
      reviews: ({ key }, { mood }: { mood: string | undefined }) =>
        later(page(stubsOf(ofMood(REVIEWS, mood).filter(({ person }) => person === key)))),
      score: ({ key }, { weight }: { weight: number }) => scoreOf(key, weight),
      trusted: ({ key }) => (SCORES.has(key) ? (scoreOf(key, 1) ?? 0) < 3 : null),
      failing: async () => fail('RATE_LIMITED'),
    }),
  },
);

const scoreOf = (key: string, weight: number): number | null => {
  const score = SCORES.get(key);
  return score === undefined ? null : score * weight;
};

const ofMood = (list: Review[], mood: string | undefined) =>
  list.filter((review) => !mood || review.mood === mood);

const stubsOf = (list: Review[]) => list.map(({ number }) => stub('Review', String(number)));

function nodeOf(id: string) {
  if (!id.includes(':')) return fail('BAD_USER_INPUT');
  if (id.startsWith('Product:')) return stub('Product', local(id));
  return later(personNamed(local(id)));
}

const catalog = module(
  'catalog',
  `
  interface Node { id: ID! }
  type Price @shareable { cents: Int! currency: String! }
  type Query { product(sku: String!): Product catalogue: [Product!]! }
  type Product implements Node @key(fields: "id") {
    id: ID!
    title: String
    heading: String!
    price: Price!
    maker: Person
    designers: [Person!]!
    parts: [Product]!
    secret: String
    strict: String!
    anything: [Node]
    rating: Float
    reviews: [Review!]
  }
  type Person implements Node @key(fields: "id", resolvable: false) { id: ID! }
  type Review implements Node @key(fields: "id", resolvable: false) { id: ID! }
  `,
  {
    Query: fields<unknown>({
      product: (_parent, { sku }: { sku: string }, context) => context.products.load(sku),
      catalogue: () => [...PRODUCTS.values()],
    }),
    Product: fields<Product>({
      __resolveReference: reference('catalog', (sku, context) => context.products.load(sku)) as never,
      id: ({ sku }) => `Product:${sku}`,
      heading: ({ title }) => title,
      price: ({ cents }) => ({ cents, currency: 'EUR' }),
      maker: ({ maker }) => stub('Person', maker),
      designers: ({ maker }) => later([stub('Person', maker), stub('Person', 'ann')]),
      parts: ({ parts }, _args, context) => parts.map((sku) => context.products.load(sku)),
      secret: ({ state }) => (state === 'secret' ? fail('FORBIDDEN') : state),
      strict: async ({ state, sku }) => (state === 'broken' ? fail('TIMEOUT') : sku),
      anything: (own) => [{ __typename: 'Product', ...own }, stub('Person', own.maker), null],
      rating: ({ sku }) => `Product:${sku}`.length / 4,
      reviews: ({ sku }) => stubsOf(REVIEWS.filter(({ product }) => product === sku)),
    }),
  },
);

const reviews = module(
  'reviews',
  `
  enum Mood { GOOD BAD }
  interface Node { id: ID! }
  type PageInfo @shareable { more: Boolean! cursor: String }
  type ReviewPage @shareable { items: [Review!]! info: PageInfo! }
  type Query { review(number: Int!): Review reviews(mood: Mood): ReviewPage! }
  type Person implements Node @key(fields: "id", resolvable: false) { id: ID! }
  type Product implements Node @key(fields: "id", resolvable: false) { id: ID! }
  type Review implements Node @key(fields: "id") {
    id: ID!
    text: String
    mood: Mood!
    person: Person
    product: Product!
  }
  `,
  {
    Query: fields<unknown>({
      review: (_parent, { number }: { number: number }) =>
        REVIEWS.find((review) => review.number === number) ?? null,
      reviews: (_parent, { mood }: { mood: string | undefined }) => page(ofMood(REVIEWS, mood)),
    }),
    Review: fields<Review>({
      __resolveReference: reference(
        'reviews',
        (number) => REVIEWS.find((review) => String(review.number) === number) ?? null,
      ) as never,
      id: ({ number }) => `Review:${number}`,
      person: ({ person: key }) => stub('Person', key),
      product: ({ product: sku }) => stub('Product', sku),
    }),
  },
);

const search = module(
  'search',
  `
  interface Node { id: ID! }
  type PageInfo @shareable { more: Boolean! cursor: String }
  type ReviewPage @shareable { items: [Review!]! info: PageInfo! }
  type Query {
    search(text: String!): [Hit]!
    found: ReviewPage!
    best: Hit
    unknown: Hit
  }
  union Hit = Person | Product | Review | Word
  type Word { text: String! length: Int! }
  type Person implements Node @key(fields: "id", resolvable: false) { id: ID! }
  type Product implements Node @key(fields: "id", resolvable: false) { id: ID! }
  type Review implements Node @key(fields: "id", resolvable: false) { id: ID! }
  `,
  {
    Query: fields<unknown>({
      search: (_parent, { text }: { text: string }) => [
        stub('Person', 'bob'),
        later(stub('Product', 'lamp'), 3),
        null,
        { __typename: 'Word', text },
        stub('Review', '2'),
        stub('Person', 'gone'),
        stub('Product', 'lost'),
      ],
      found: () => page([stub('Review', '1'), stub('Review', '3'), stub('Review', '5')]),
      best: () => later(stub('Person', 'ann')),
      unknown: () => ({ __typename: 'Nobody' }),
    }),
    Word: fields<{ text: string }>({ length: ({ text }) => text.length }),
  },
);

export const fixtureSubgraphs: readonly ExecutableSubgraph[] = [people, catalog, reviews, search];

export const fixtureSupergraph = composeSupergraph(
  fixtureSubgraphs.map(({ name, typeDefs }) => ({ name, typeDefs, url: `http://${name}.invalid/graphql` })),
);
