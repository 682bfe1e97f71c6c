import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { execute, parse } from 'graphql';
import { collapse } from '../../../../src/gateway/graphql/collapse.ts';
import { DomainError } from '../../../../src/lib/errors.ts';
import type { ExecutableSubgraph, ResolverMap } from '../../../../src/resolvers/subgraph.ts';
import { fixtureContext } from '../../../support/fixture-data.ts';
import { fixtureModules } from '../../../support/fixture-subgraphs.ts';

const LINK =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: ["@key", "@shareable"])';
const subgraph = (name: string, sdl: string, resolvers: object = {}): ExecutableSubgraph => ({
  name,
  typeDefs: parse(sdl),
  resolvers: resolvers as ResolverMap,
});
const one = (sdl: string) => () => collapse([subgraph('one', `type Query { a: Int } ${sdl}`)]);
const two =
  (first: string, second: string, ofSecond: object = {}) =>
  () =>
    collapse([subgraph('one', `type Query { a: Int } ${first}`), subgraph('two', second, ofSecond)]);

async function run(modules: readonly ExecutableSubgraph[], source: string, contextValue: object = {}) {
  const { data, errors } = await execute({
    schema: collapse(modules),
    document: parse(source),
    contextValue,
  });
  return {
    data: JSON.parse(JSON.stringify(data)),
    errors: errors?.map(({ path, message }) => `${path?.join('.')}: ${message}`),
  };
}

describe('What can not run as one schema is refused at start, by name', () => {
  const refusals: readonly [what: string, build: () => unknown, message: RegExp][] = [
    [
      '@requires',
      one('type T @key(fields: "id") { id: ID! a: Int b: Int @requires(fields: "a") }'),
      /'one'.*'T': @requires.*router/,
    ],
    ['@provides', one('type T { a: T @provides(fields: "a") }'), /@provides/],
    ['@external', one('type T { a: Int @external }'), /@external/],
    ['@override', one('type T { a: Int @override(from: "two") }'), /@override/],
    ['@interfaceObject', one('type T @interfaceObject @key(fields: "id") { id: ID! }'), /@interfaceObject/],
    ['@inaccessible, which would come to light', one('type T { a: Int @inaccessible }'), /@inaccessible/],
    ['@inaccessible on an argument', one('type T { a(b: Int @inaccessible): Int }'), /@inaccessible/],
    ['@inaccessible on an enum value', one('enum E { A @inaccessible }'), /@inaccessible/],
    ['@authenticated, which would not be asked', one('type T @authenticated { a: Int }'), /@authenticated/],
    ['@requiresScopes', one('type T { a: Int @requiresScopes(scopes: [["s"]]) }'), /@requiresScopes/],
    ['@policy', one('type T @policy(policies: [["p"]]) { a: Int }'), /@policy/],
    ['@composeDirective', one('extend schema @composeDirective(name: "@x")'), /@composeDirective/],
    [
      'a directive by its full name',
      one('type T { a: Int @federation__requires(fields: "b") }'),
      /@requires/,
    ],
    [
      'a renamed import',
      one(
        'extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: [{ name: "@requires", as: "@key" }])',
      ),
      /renamed import/,
    ],
    [
      'several keys',
      one('type T @key(fields: "a") @key(fields: "b") { a: ID! b: ID! }'),
      /'T': several keys/,
    ],
    [
      'a second key elsewhere',
      two('type T @key(fields: "a") { a: ID! }', 'type T @key(fields: "b") { b: ID! }'),
      /'two'.*'T': a second key/,
    ],
    [
      'a key of several fields',
      one('type T @key(fields: "a b") { a: ID! b: ID! }'),
      /'T': a key of several fields/,
    ],
    ['a nested key', one('type T @key(fields: "a { b }") { a: T b: ID! }'), /a key of several fields/],
    ['a key of an interface', one('interface I @key(fields: "id") { id: ID! }'), /'I': @key on an interface/],
    [
      'an extension that would be lost',
      one('union U = T type T { a: Int } type S { a: Int } extend union U = S'),
      /extend union U/,
    ],
    ['root types of other names', one('schema { query: Root } type Root { b: Int }'), /root type/],
    ['a directive of the subgraph itself', one('directive @upper on FIELD'), /directive @upper/],
  ];
  for (const [what, build, message] of refusals) test(what, () => assert.throws(build, message));
});

describe('Subgraphs that contradict one another are refused at start', () => {
  const contradictions: readonly [what: string, build: () => unknown, message: RegExp][] = [
    ['kinds', two('type T { a: Int }', 'enum T { A }'), /'two': T contradicts/],
    ['types of a field', two('type T { a: Int }', 'type T { a: String }'), /T\.a contradicts/],
    [
      'arguments of a field',
      two('type T { a(b: Int): Int }', 'type T { a(b: Int!): Int }'),
      /T\.a contradicts/,
    ],
    [
      'defaults of arguments',
      two('type T { a(b: Int = 1): Int }', 'type T { a(b: Int = 2): Int }'),
      /T\.a contradicts/,
    ],
    ['values of an enum', two('enum E { A B }', 'enum E { A }'), /'two': E contradicts/],
    ['fields of an input', two('input I { a: Int }', 'input I { a: Int b: Int }'), /I contradicts/],
    [
      'members of a union',
      two('union U = T type T { a: Int }', 'union U = S type S { a: Int }'),
      /U contradicts/,
    ],
    [
      'a value type without all of its fields',
      two('type T { a: Int b: Int }', 'extend type Query { t: T } type T { a: Int }'),
      /'two' can return a T, but nothing leads from there to T\.b/,
    ],
    [
      'an entity that nobody resolves',
      two(
        'type T @key(fields: "id", resolvable: false) { id: ID! b: Int }',
        'extend type Query { t: T } type T @key(fields: "id") { id: ID! }',
      ),
      /nothing leads from there to T\.b/,
    ],
    [
      'a resolver without its field',
      two('type T { a: Int }', 'type S { a: Int }', { S: { b: () => 1 } }),
      /'two' has a resolver for S\.b/,
    ],
  ];
  for (const [what, build, message] of contradictions) test(what, () => assert.throws(build, message));

  test('but words and order are nobody else’s business', () => {
    const schema = collapse([
      subgraph(
        'one',
        'type Query { a(x: Int, y: Int): E } enum E { A B } union U = S | T type S { a: Int } type T { a: Int }',
      ),
      subgraph(
        'two',
        '"Words" enum E { "First" B A } union U = T | S "Described" type S { a: Int } type T { a: Int }',
      ),
    ]);
    assert.equal(schema.getType('S')?.description, 'Described');
  });
});

describe('References', () => {
  test('each entity is resolved once for a request, however often and by whichever way it is met', async () => {
    const context = fixtureContext();
    const query = `{
      everyone { score trusted friends { score reviews { items { person { name } } } } }
      samePeople { name score }
      catalogue { maker { name score } }
    }`;
    await run(fixtureModules, query, context);
    assert.ok(context.references.length > 5);
    assert.deepEqual([...context.references].sort(), [...new Set(context.references)].sort());
  });

  test('references of one tick are one batch of the owner’s loader', async () => {
    const context = fixtureContext();
    await run(fixtureModules, '{ everyone { score favourite { title } } }', context);
    assert.deepEqual(context.batches.sort(), ['catalog:bike,lamp,lost,fails', 'reviews:ann,bob,cid,dan']);
  });

  test('a failed or a missing entity is not asked for again in the same request, but is in the next', async () => {
    let asked = 0;
    const modules = [
      subgraph('one', `${LINK} type Query { ts: [T!]! } type T @key(fields: "id") { id: ID! }`, {
        Query: { ts: () => [{ id: 'gone' }, { id: 'fails' }, { id: 'gone' }, { id: 'fails' }] },
      }),
      subgraph('two', `${LINK} type T @key(fields: "id") { id: ID! a: Int b: Int }`, {
        T: {
          __resolveReference({ id }: { id: string }) {
            asked += 1;
            if (id === 'fails') throw new DomainError('NOT_FOUND', 'No.');
            return null;
          },
        },
      }),
    ];
    const schema = collapse(modules);
    for (const expected of [2, 4]) {
      const result = await execute({ schema, document: parse('{ ts { id a b } }'), contextValue: {} });
      assert.equal(asked, expected);
      assert.deepEqual(
        result.errors?.map(({ path }) => path?.join('.')),
        ['ts.1.a', 'ts.1.b', 'ts.3.a', 'ts.3.b'],
      );
    }
  });

  test('an owner without __resolveReference gets the reference as its object, and a key can be a promise', async () => {
    const modules = [
      subgraph('one', `${LINK} type Query { t: T } type T @key(fields: "id") { id: ID! }`, {
        Query: { t: () => ({ number: 7 }) },
        T: { id: async ({ number }: { number: number }) => `T${number}` },
      }),
      subgraph('two', `${LINK} type T @key(fields: "id") { id: ID! shout: String }`, {
        T: { shout: ({ __typename, id }: { __typename: string; id: string }) => `${__typename} ${id}!` },
      }),
    ];
    assert.deepEqual(await run(modules, '{ t { id shout } }'), {
      data: { t: { id: 'T7', shout: 'T T7!' } },
      errors: undefined,
    });
  });
});

describe('An object is answered by the module it came from', () => {
  const shared = { key: 1 };
  const inner = (name: string) => `${LINK}
    type Query { ${name}: Box! ${name}Item: Item }
    type Box @shareable { item: Item size: Int note: Note @shareable }
    type Note @shareable { text: String }
    type Item @key(fields: "id") { id: ID! }`;
  const box = (name: string) => ({
    Query: { [name]: () => ({ item: shared, size: 1, note: { raw: name } }), [`${name}Item`]: () => shared },
    Item: {
      id: ({ key }: { key: number }) => `${name}:${key}`,
      __resolveReference: ({ id }: { id: string }) => ({ key: id }),
    },
    Note: { text: ({ raw }: { raw: string }) => `${name} says ${raw}` },
  });
  const modules = [
    subgraph('left', inner('left'), box('left')),
    subgraph('right', inner('right'), box('right')),
  ];

  test('though the type is the same, and even the object, at the same time', async () => {
    const query =
      '{ left { item { id } note { text } } rightItem { id } right { item { id } size note { text } } leftItem { id } }';
    const { data, errors } = await run(modules, query);
    assert.equal(errors, undefined);
    assert.deepEqual(data, {
      left: { item: { id: 'left:1' }, note: { text: 'left says left' } },
      rightItem: { id: 'right:1' },
      right: { item: { id: 'right:1' }, size: 1, note: { text: 'right says right' } },
      leftItem: { id: 'left:1' },
    });
  });

  test('an interface asks the module that returned the object what it is', async () => {
    const node = (name: string, type: string, resolve: unknown) =>
      subgraph(
        name,
        `${LINK} type Query { ${name}: Node } interface Node { id: ID! } type ${type} implements Node { id: ID! }`,
        {
          Query: { [name]: () => ({ id: name }) },
          Node: { __resolveType: resolve },
        },
      );
    const both = [node('a', 'A', () => 'A'), node('b', 'B', async () => 'B')];
    assert.deepEqual((await run(both, '{ a { __typename id } b { __typename id } }')).data, {
      a: { __typename: 'A', id: 'a' },
      b: { __typename: 'B', id: 'b' },
    });
  });

  test('isTypeOf and lists that are no arrays work as in one module', async () => {
    const modules = [
      subgraph(
        'one',
        `${LINK} type Query { set: [Any!]! } union Any = T | S type T @key(fields: "id") { id: ID! } type S { id: ID! }`,
        {
          Query: { set: () => new Set([{ id: '1' }, { id: '22' }]) },
          T: { __isTypeOf: ({ id }: { id: string }) => id.length === 1 },
          S: { __isTypeOf: ({ id }: { id: string }) => id.length === 2 },
        },
      ),
      subgraph('two', `${LINK} type T @key(fields: "id") { id: ID! more: Int }`, { T: { more: () => 3 } }),
    ];
    const { data, errors } = await run(
      modules,
      '{ set { __typename ... on T { id more } ... on S { id } } }',
    );
    assert.equal(errors, undefined);
    assert.deepEqual(data.set, [
      { __typename: 'T', id: '1', more: 3 },
      { __typename: 'S', id: '22' },
    ]);
  });
});
