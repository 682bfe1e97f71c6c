import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type DocumentNode, execute, parse } from 'graphql';
import { DomainError } from '../../../../src/lib/errors.ts';
import { type Reference, referTo } from '../../../../src/resolvers/reference.ts';
import type { ExecutableSubgraph, ResolverMap } from '../../../../src/resolvers/subgraph.ts';
import { fixtureContext } from '../../../support/fixture-data.ts';
import { fixtureSubgraphs } from '../../../support/fixture-subgraphs.ts';
import { oneSchemaOf } from '../../../support/one-schema.ts';

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [
  "@key", "@shareable", "@requires", "@provides", "@external", "@override", "@interfaceObject", "@inaccessible",
  "@authenticated", "@requiresScopes", "@policy"
])`;
const subgraph = (name: string, sdl: string, resolvers: object = {}): ExecutableSubgraph => ({
  name,
  typeDefs: parse(`${LINK} ${sdl}`),
  resolvers: resolvers as ResolverMap,
});
const one = (sdl: string) => () => oneSchemaOf([subgraph('one', `type Query { a: Int } ${sdl}`)]);
const two = (first: string, second: string, resolvers: readonly [object, object] = [{}, {}]) => {
  const all = [
    subgraph('one', `type Query { a: Int } ${first}`, resolvers[0]),
    subgraph('two', second, resolvers[1]),
  ];
  return () => oneSchemaOf(all);
};

async function run(
  subgraphs: readonly ExecutableSubgraph[],
  source: string | DocumentNode,
  contextValue: object = {},
) {
  const { data, errors } = await execute({
    schema: oneSchemaOf(subgraphs),
    document: typeof source === 'string' ? parse(source) : source,
    contextValue,
  });
  return {
    data: JSON.parse(JSON.stringify(data)),
    errors: errors?.map(({ path, message }) => `${path?.join('.')}: ${message}`),
  };
}

describe('Parts of federation that only a router can do are refused at start, by name', () => {
  const refusals: readonly [what: string, build: () => unknown, message: RegExp][] = [
    [
      '@requires',
      two(
        'type T @key(fields: "id") { id: ID! a: Int @shareable }',
        'type T @key(fields: "id") { id: ID! a: Int @external b: Int @requires(fields: "a") }',
      ),
      /'two': @external/,
    ],
    [
      '@inaccessible, which would come to light',
      one('type T { a: Int @inaccessible b: Int }'),
      /@inaccessible/,
    ],
    [
      '@authenticated, which nobody would ask',
      one('type T @authenticated { a: Int }'),
      /@authenticated.*router/,
    ],
    ['@requiresScopes', one('type T @requiresScopes(scopes: [["s"]]) { a: Int }'), /@requiresScopes/],
    ['@policy', one('type T @policy(policies: [["p"]]) { a: Int }'), /@policy/],
    [
      'a directive by its full name',
      one('type T { a: Int @federation__inaccessible b: Int }'),
      /@inaccessible/,
    ],
    [
      'several keys',
      one('type T @key(fields: "id") @key(fields: "b") { id: ID! b: ID! }'),
      /'T': a key other than 'id'/,
    ],
    ['another key', one('type T @key(fields: "a") { a: ID! }'), /'T': a key other than 'id'/],
    [
      'a key of several fields',
      one('type T @key(fields: "id b") { id: ID! b: ID! }'),
      /a key other than 'id'/,
    ],
    [
      'a key of an interface',
      one('interface I @key(fields: "id") { id: ID! } type T implements I @key(fields: "id") { id: ID! }'),
      /'I': @key on an interface/,
    ],
    [
      'a second owner',
      two('type T @key(fields: "id") { id: ID! }', 'type T @key(fields: "id") { id: ID! b: Int }'),
      /'two': type 'T': a second owner/,
    ],
    [
      'fields of an entity elsewhere',
      two(
        'type T @key(fields: "id") { id: ID! }',
        'type T @key(fields: "id", resolvable: false) { id: ID! b: Int }',
      ),
      /'two': type 'T': fields beside another owner's/,
    ],
    [
      'resolvers of a type in two subgraphs',
      two('type T @shareable { a: Int }', 'type T @shareable { a: Int }', [
        { T: { a: () => 1 } },
        { T: { a: () => 2 } },
      ]),
      /'two': resolvers of 'T'/,
    ],
    [
      'resolvers of an entity elsewhere',
      two(
        'type T @key(fields: "id") { id: ID! }',
        'type T @key(fields: "id", resolvable: false) { id: ID! }',
        [{}, { T: { id: () => 1 } }],
      ),
      /'two': resolvers of 'T'/,
    ],
  ];
  for (const [what, build, message] of refusals) test(what, () => assert.throws(build, message));

  test('a resolver without its field', () => {
    const lost = subgraph('one', 'type Query { a: Int }', { Query: { b: () => 1 } });
    assert.throws(() => oneSchemaOf([lost]), /Query\.b/);
  });
});

const T = { type: 'T', letter: '', form: /./ };

/** One subgraph with references to entities that another owns. */
const stubs = (query: string, resolvers: object) =>
  subgraph('one', `type Query { ${query} } type T @key(fields: "id", resolvable: false) { id: ID! }`, {
    Query: resolvers,
  });
const owner = (resolvers: object) =>
  subgraph('two', 'type T @key(fields: "id") { id: ID! a: Int b: Int }', { T: resolvers });

describe('References', () => {
  test('each entity is resolved once for a request, however often the request meets it', async () => {
    const context = fixtureContext();
    const query = `{
      everyone { score trusted favourite { title maker { name } } reviews { items { person { name } } } }
      catalogue { maker { name score } reviews { text } }
      search(text: "word") { ... on Person { name } ... on Review { text } }
    }`;
    await run(fixtureSubgraphs, query, context);
    assert.ok(context.references.length > 5);
    assert.deepEqual([...context.references].sort(), [...new Set(context.references)].sort());
  });

  test('references of one tick are one batch of the owner’s loader', async () => {
    const context = fixtureContext();
    await run(fixtureSubgraphs, '{ everyone { score favourite { title } } }', context);
    assert.deepEqual(context.batches, ['catalog:bike,lamp,lost,fails']);
  });

  test('nobody is asked for an entity whose id alone is wanted, on its type, after conditions', async () => {
    const context = fixtureContext();
    const query = `{
      search(text: "word") { __typename ... on Word { text } ... on Node { id } ... on Person { name @skip(if: true) } ...F }
    } fragment F on Review @include(if: false) { text }`;
    const { data, errors } = await run(fixtureSubgraphs, query, context);
    assert.equal(errors, undefined);
    assert.equal(data.search.length, 7);
    assert.deepEqual(data.search[5], { __typename: 'Person', id: 'Person:gone' });
    assert.deepEqual(context.references, []);
  });

  test('a failed or a missing entity is asked for once in a request, and once more in the next', async () => {
    let asked = 0;
    const references = ['gone', 'fails', 'gone', 'fails'].map((id) => referTo(T, id));
    const schema = oneSchemaOf([
      stubs('ts: [T]!', { ts: () => references }),
      owner({
        __resolveReference({ id }: Reference) {
          asked += 1;
          if (id === 'fails') throw new DomainError('NOT_FOUND', 'No.');
          return null;
        },
      }),
    ]);
    for (const expected of [2, 4]) {
      const result = await execute({ schema, document: parse('{ ts { id a b } }'), contextValue: {} });
      assert.equal(asked, expected);
      assert.deepEqual(result.data?.['ts'], [null, null, null, null]);
      assert.deepEqual(
        result.errors?.map(({ path }) => path?.join('.')),
        ['ts.1', 'ts.3'],
      );
    }
  });

  test('a mutation is followed by look-ups of its own', async () => {
    let version = 0;
    const all = [
      subgraph(
        'one',
        `type Query { t: T } type Mutation { change: T! }
         type T @key(fields: "id", resolvable: false) { id: ID! }`,
        {
          Mutation: {
            change: () => {
              version += 1;
              return referTo(T, '1');
            },
          },
        },
      ),
      owner({ __resolveReference: async ({ id }: Reference) => ({ id, a: version }) }),
    ];
    const { data } = await run(all, 'mutation { first: change { id a } second: change { a } }');
    assert.deepEqual(data, { first: { id: '1', a: 1 }, second: { a: 2 } });
  });

  test('an owner without __resolveReference gets the reference as its object', async () => {
    const all = [
      stubs('t: T', { t: async () => referTo(T, '7') }),
      owner({ a: ({ id }: Reference) => Number(id) + 1 }),
    ];
    assert.deepEqual(await run(all, '{ t { id a } }'), { data: { t: { id: '7', a: 8 } }, errors: undefined });
  });
});
