import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { execute, GraphQLError, getIntrospectionQuery, parse } from 'graphql';
import { createCompiledExecutor } from '../../../../src/gateway/compiled/compiled-executor.ts';
import { DomainError } from '../../../../src/lib/errors.ts';
import type { ResolverMap } from '../../../../src/resolvers/subgraph.ts';
import { fixtureContext } from '../../../support/fixture-data.ts';
import { fixtureSubgraphs } from '../../../support/fixture-subgraphs.ts';
import { oneSchemaOf } from '../../../support/one-schema.ts';

const schema = oneSchemaOf(fixtureSubgraphs);
const compiled = createCompiledExecutor(schema, { compileAtRun: 1 });

type Variables = Record<string, unknown>;
async function both(source: string, variables: Variables = {}, operationName?: string) {
  const document = parse(source);
  const name = operationName ?? null;
  const expected = await execute({
    schema,
    document,
    contextValue: fixtureContext(),
    variableValues: variables,
    operationName: name,
  });
  const actual = await compiled({ document, variables, operationName: name, contextValue: fixtureContext() });
  return { actual, expected };
}
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('Nothing a caller writes becomes code', () => {
  // Markers of graphql-jit 0.8.9, which it turns into expressions in the code it generates.
  const DATE = '__MAGIC_DATE__33a9e76d_02e0_4128_8e92_3530ad3da74d';
  const attack = `${DATE} globalThis.wasRun = true`;

  test('a string literal with the compiler’s own marker stays a string', async () => {
    const inputs = [`text: "${attack}"`, `window: { labels: ["${attack}"] }`, `text: """${attack}"""`];
    for (const input of inputs) {
      const { actual, expected } = await both(`{ echo(${input}) }`);
      assert.deepEqual(plain(actual), plain(expected));
      assert.match(String(actual.data?.['echo']), /__MAGIC_DATE__/);
    }
    const byDefault = await both(`query ($text: String = "${attack}") { echo(text: $text) }`);
    assert.deepEqual(plain(byDefault.actual), plain(byDefault.expected));
    assert.equal('wasRun' in globalThis, false);
  });

  test('any string comes through as it was written, as a literal and as a variable', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async (text) => {
        const literal = await both(`{ echo(text: ${JSON.stringify(text)}) }`);
        assert.equal(literal.actual.data?.['echo'], JSON.stringify({ text }));
        const variable = await both('query ($text: String) { echo(text: $text) }', { text });
        assert.equal(variable.actual.data?.['echo'], JSON.stringify({ text }));
      }),
      { numRuns: 50 },
    );
  });
});

describe('Errors are GraphQL’s own', () => {
  test('with path, locations, extensions and the cause', async () => {
    const { actual, expected } = await both('{\n  person(key: "bob") {\n    broken\n    a: returned\n  }\n}');
    assert.deepEqual(plain(actual), plain(expected));
    const [error] = actual.errors ?? [];
    assert.ok(error instanceof GraphQLError);
    assert.deepEqual(error.path, ['person', 'broken']);
    assert.deepEqual(error.locations, [{ line: 3, column: 5 }]);
    assert.deepEqual({ ...error.extensions }, {});
    assert.ok(error.originalError instanceof DomainError);
  });

  test('also where a resolver returns one, alone or in a list, or rejects in the middle of a list', async () => {
    const { actual, expected } = await both('{ mixed everyone { returned promises { id } } }');
    const sorted = (result: typeof actual) =>
      result.errors?.map(({ path, message }) => `${path?.join('.')} ${message}`).sort();
    assert.deepEqual(plain(actual.data), plain(expected.data));
    assert.deepEqual(sorted(actual), sorted(expected));
  });

  test('extensions of a resolver’s own error are kept', async () => {
    const extended = oneSchemaOf([
      {
        name: 'one',
        typeDefs: parse('type Query { a: Int }'),
        resolvers: resolvers({
          a: () => {
            throw new GraphQLError('No.', { extensions: { code: 'MINE', more: 1 } });
          },
        }),
      },
    ]);
    const { errors } = await createCompiledExecutor(extended, { compileAtRun: 1 })({
      document: parse('{ a }'),
      contextValue: {},
    });
    assert.deepEqual(errors?.[0]?.extensions, { code: 'MINE', more: 1 });
  });

  test('a type that can’t be told is an error of its field, also after an await, and the rest is answered', async () => {
    const odd = oneSchemaOf([
      {
        name: 'one',
        typeDefs: parse(
          'type Query { late: Any sync: Any list: [Any] fine: Int } union Any = T | S type T { a: Int } type S { a: Int }',
        ),
        resolvers: {
          ...resolvers({
            late: async () => ({ bad: true }),
            sync: () => ({ bad: true }),
            list: async () => [{ bad: true }, { __typename: 'T', a: 1 }],
            fine: () => 1,
          }),
          Any: {
            __resolveType(value: { bad?: boolean }) {
              if (value.bad) throw new Error('Neither.');
              return 'T';
            },
          },
        } as ResolverMap,
      },
    ]);
    const { data, errors } = await createCompiledExecutor(odd, { compileAtRun: 1 })({
      document: parse('{ late { __typename } sync { __typename } list { ... on T { a } } fine }'),
      contextValue: {},
    });
    assert.deepEqual(plain(data), { late: null, sync: null, list: [null, { a: 1 }], fine: 1 });
    assert.deepEqual(errors?.map(({ path }) => path?.join('.')).sort(), ['late', 'list.0', 'sync']);
    assert.match(errors?.[0]?.message ?? '', /Neither\./);
  });
});

const resolvers = (query: Record<string, unknown>): ResolverMap => ({ Query: query }) as ResolverMap;

describe('What comes in is judged by graphql-js', () => {
  const requests: readonly [query: string, variables: Variables, operationName?: string][] = [
    ['query ($key: String!) { person(key: $key) { id } }', {}],
    ['query ($key: String!) { person(key: $key) { id } }', { key: null }],
    ['query ($key: String!) { person(key: $key) { id } }', { key: 7 }],
    ['query ($at: Moment) { echo(moment: $at) }', { at: 'no moment' }],
    ['query ($w: Window) { echo(window: $w) }', { w: { limit: null, not: { unknown: 1 }, labels: [1] } }],
    ['query ($w: Window) { echo(window: $w) }', { w: 'no object' }],
    ['query ($n: [[Int]]) { echo(numbers: $n) }', { n: 5 }],
    ['query ($t: Tier) { echo(tier: $t) }', { t: 'GOLD' }],
    ['query ($limit: Int) { echo(window: { limit: $limit }) }', { limit: null }],
    ['query ($key: String = "ann") { person(key: $key) { id } }', { key: null }],
    ['query ($yes: Boolean = true) { whoami @include(if: $yes) }', { yes: null }],
    ['query A { whoami } query B { moment }', {}, 'B'],
    ['query A { whoami } query B { moment }', {}],
    ['query A { whoami } query B { moment }', {}, 'C'],
    ['fragment F on Query { whoami }', {}],
    [
      'query A { ...F } query B($yes: Boolean!) { ...F @include(if: $yes) } fragment F on Query { whoami }',
      { yes: false },
      'B',
    ],
    [
      'query A { ...F } query B($yes: Boolean!) { ...F @include(if: $yes) } fragment F on Query { whoami }',
      {},
      'A',
    ],
    [getIntrospectionQuery(), {}],
    [
      '{ ...F whoami } fragment F on Query { __schema { types { name } } t: __type(name: "Person") { fields { name } } }',
      {},
    ],
    ['mutation { a: rename(key: "ann", to: "Anna") { name score } }', {}],
    ['mutation { refuse(code: "FORBIDDEN") { name } }', {}],
    ['mutation { must(code: "TIMEOUT") { name } }', {}],
  ];
  for (const [query, variables, operationName] of requests)
    test(`${query.slice(0, 90)} ${JSON.stringify(variables)} ${operationName ?? ''}`, async () => {
      const { actual, expected } = await both(query, variables, operationName);
      assert.deepEqual(plain(actual), plain(expected));
    });

  test('several mutations run in order and stop at the first that fails as a whole', async () => {
    const context = fixtureContext();
    const document = parse(
      'mutation { rename(key: "ann", to: "A") { name } refuse(code: "FORBIDDEN") { id } must(code: "TIMEOUT") { id } last: must { id } }',
    );
    const { data } = await compiled({ document, contextValue: context });
    assert.equal(data, null);
    assert.deepEqual(context.mutations, ['rename ann', 'refuse FORBIDDEN', 'must TIMEOUT']);
  });

  test('arguments are a request’s own: what a resolver does to them is not seen by the next', async () => {
    const changing = oneSchemaOf([
      {
        name: 'one',
        typeDefs: parse('type Query { count(list: [Int!]!): Int }'),
        resolvers: resolvers({ count: (_parent: unknown, { list }: { list: number[] }) => list.push(0) }),
      },
    ]);
    const run = createCompiledExecutor(changing, { compileAtRun: 1 });
    const document = parse('{ count(list: [1, 2]) }');
    for (let time = 0; time < 3; time += 1)
      assert.equal((await run({ document, contextValue: {} })).data?.['count'], 3);
  });
});

describe('Compiling costs what it is worth', () => {
  test('the same answer before an operation is compiled, when it is, and after', async () => {
    const run = createCompiledExecutor(schema);
    const document = parse(
      'query ($a: Boolean!, $b: Boolean!) { person(key: "ann") { id name @include(if: $a) score @skip(if: $b) } }',
    );
    for (const variables of [
      { a: true, b: true },
      { a: false, b: true },
      { a: true, b: false },
    ])
      for (let time = 0; time < 4; time += 1) {
        const contextValue = fixtureContext();
        const { data } = await run({ document, variables, contextValue });
        const expected = await execute({
          schema,
          document,
          variableValues: variables,
          contextValue: fixtureContext(),
        });
        assert.deepEqual(plain(data), plain(expected.data));
      }
  });

  test('more conditions than are kept compiled are answered all the same', async () => {
    const names = Array.from({ length: 6 }, (_, index) => `c${index}`);
    const query = `query (${names.map((name) => `$${name}: Boolean!`).join(' ')}) { ${names.map((name) => `${name}: whoami @include(if: $${name})`).join(' ')} }`;
    const document = parse(query);
    for (let bits = 0; bits < 64; bits += 1) {
      const variables = Object.fromEntries(names.map((name, index) => [name, (bits & (1 << index)) !== 0]));
      const { data } = await compiled({ document, variables, contextValue: fixtureContext('me') });
      assert.deepEqual(
        Object.keys(data ?? {}),
        names.filter((name) => variables[name]),
      );
    }
  });

  test('thousands of documents leave nothing behind when the server has forgotten them', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const run = createCompiledExecutor(schema, { compileAtRun: 1 });
    const forgotten: WeakRef<object>[] = [];
    for (let number = 0; number < 3_000; number += 1) {
      const document = parse(`{ n${number}: whoami }`);
      await run({ document, contextValue: fixtureContext() });
      forgotten.push(new WeakRef(document));
    }
    for (let time = 0; time < 5; time += 1) {
      await new Promise((turn) => setImmediate(turn));
      collect();
    }
    const kept = forgotten.filter((reference) => reference.deref() !== undefined).length;
    assert.ok(kept < 100, `${kept} of ${forgotten.length} documents are still there`);
  });
});
