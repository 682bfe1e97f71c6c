import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { type DocumentNode, type ExecutionResult, execute, parse, validate } from 'graphql';
import { createCompiledExecutor } from '../../../../src/gateway/compiled/compiled-executor.ts';
import { formatError } from '../../../../src/gateway/graphql/errors.ts';
import type { Execute } from '../../../../src/gateway/graphql/executor.ts';
import { createRouterExecutor } from '../../../../src/gateway/router/router-executor.ts';
import { fixtureContext } from '../../../support/fixture-data.ts';
import { fixtureSubgraphs, fixtureSupergraph } from '../../../support/fixture-subgraphs.ts';
import { oneSchemaOf } from '../../../support/one-schema.ts';
import { type Arguments, randomQuery, type VariablePool } from '../../../support/random-query.ts';
import { type SubgraphServer, serveSubgraph } from '../../../support/subgraph-server.ts';

const schema = oneSchemaOf(fixtureSubgraphs);
const compiled = createCompiledExecutor(schema, { compileAtRun: 1 });
const interpreted: Execute = async ({ document, variables, operationName, contextValue }) =>
  execute({
    schema,
    document,
    contextValue,
    variableValues: variables ?? {},
    operationName: operationName ?? null,
  });
const routed = await createRouterExecutor({
  supergraphSdl: fixtureSupergraph,
  modules: fixtureSubgraphs,
  remotes: {},
});

/**
 * What two ways of execution must agree on: `data`, and every error's path and code as a caller sees them.
 *
 * An error below a null in `data` counts as an error of that null, without its code: when several fields below
 * fail, it is a matter of timing, left open by the GraphQL specification (6.4.4), which of them is reported.
 */
function comparable(result: ExecutionResult): unknown {
  const errors = new Set<string>();
  for (const error of result.errors ?? []) {
    const { code } = formatError(error.toJSON(), error, () => {}).extensions ?? {};
    if (!error.path) {
      errors.add(`${code}: ${error.message}`);
      continue;
    }
    let value: unknown = result.data;
    let depth = 0;
    for (; depth < error.path.length && value !== null && value !== undefined; depth += 1)
      value = (value as Record<string | number, unknown>)[error.path[depth] ?? ''];
    const below = depth < error.path.length;
    errors.add(`${error.path.slice(0, depth).join('.')}: ${below ? 'below' : code}`);
  }
  return { data: JSON.stringify(result.data), errors: [...errors].sort() };
}

async function agree(
  executors: Record<string, Execute>,
  document: DocumentNode,
  variables: Record<string, unknown>,
) {
  const run = async (one: Execute) =>
    comparable(await one({ document, variables, contextValue: fixtureContext('Bearer of tests') }));
  const expected = await run(interpreted);
  for (const [name, one] of Object.entries(executors)) assert.deepEqual(await run(one), expected, name);
}

const CATALOGUE: readonly (string | readonly [query: string, variables: Record<string, unknown>])[] = [
  '{ person(key: "ann") { id name tier joined } }',
  '{ person(key: "nobody") { id } }',
  '{ person(key: "ann") { favourite { id } } }',
  '{ person(key: "ann") { favourite { title } } }',
  '{ person(key: "ann") { favourite { maker { name favourite { maker { name score } } } } } }',
  '{ person(key: "ann") { name score(weight: 2) trusted reviews { items { text mood } } } }',
  '{ person(key: "ann") { favourite { maker { reviews { items { product { title maker { name } } } } } } } }',
  '{ person(key: "dan") { id boss { name } score } }',
  '{ person(key: "dan") { id trusted } }',
  '{ person(key: "dan") { favourite { id title rating } } }',
  '{ person(key: "cid") { favourite { id title } } }',
  '{ person(key: "cid") { favourite { id heading } } }',
  '{ everyone { id name friends { id name friends(first: 1) { name } } } }',
  '{ everyone { broken returned private } }',
  '{ everyone { strict } }',
  '{ everyone { friends { strict } } }',
  '{ people { name strict failing } }',
  '{ people(keys: ["bob", "nobody", "ann"]) { name favourite { heading secret } } }',
  '{ teams { name score favourite { price { cents currency } } } }',
  '{ everyone { shelves { id title rating strict } } }',
  '{ person(key: "ann") { shelves { maker { promises { heading strict } } } } }',
  '{ everyone { things { __typename ... on Person { name score } ... on Product { title rating } } } }',
  '{ everyone { promises { id title } } }',
  '{ everyone { budget { cents } favourite { price { currency } } } }',
  '{ node(id: "Person:ann") { id __typename ... on Person { name score } } }',
  '{ node(id: "Product:bike") { id ... on Product { title rating reviews { text } } } }',
  '{ node(id: "malformed") { id } }',
  '{ nodes(ids: ["Person:ann", "Product:lamp", "Person:nobody"]) { __typename id ... on Product { secret } ... on Person { failing } } }',
  '{ catalogue { id heading price { cents } maker { name score } } }',
  '{ catalogue { title strict } }',
  '{ catalogue { id title designers { id name score } } }',
  '{ product(sku: "lamp") { title secret maker { id name } designers { id } } }',
  '{ product(sku: "bike") { parts { title parts { id } maker { name favourite { title } } } } }',
  '{ catalogue { anything { __typename id ... on Product { title } ... on Person { name } } } }',
  '{ review(number: 1) { text mood person { name score } product { title rating reviews { person { name } } } } }',
  '{ review(number: 4) { person { name } product { title heading } } }',
  '{ reviews(mood: BAD) { items { id text product { id title } } info { more cursor } } }',
  '{ found { items { id text person { id name } product { title } } info { more } } }',
  '{ found { items { id } } reviews { items { id } } }',
  '{ search(text: "word") { __typename ... on Person { id } ... on Product { title } } everyone { id name score } }',
  '{ search(text: "word") { __typename ... on Word { text length } ... on Person { id name } ... on Product { id title secret } ... on Review { id mood } } }',
  '{ best { ... on Person { id name reviews(mood: GOOD) { items { text } } } } }',
  '{ unknown { __typename } whoami }',
  '{ mixed whoami fails(code: "FORBIDDEN") other: fails(code: "TIMEOUT") odd: fails(code: "INTERNAL") }',
  '{ echo moment numbers: echo(numbers: [[1, null], null], tier: PAID) window: echo(window: { from: "2020-01-01T00:00:00Z", not: { labels: "one" } }) }',
  '{ a: person(key: "ann") { ...P } b: person(key: "bob") { ...P friends { ...P } } } fragment P on Person { id n: name(upper: true) ...Q } fragment Q on Person { favourite { title } }',
  '{ __typename whoami }',
  [
    'query ($key: String!, $first: Int) { person(key: $key) { friends(first: $first) { name } } }',
    { key: 'cid' },
  ],
  [
    'query ($key: String!, $first: Int) { person(key: $key) { friends(first: $first) { name } } }',
    { key: 'cid', first: 1 },
  ],
  [
    'query ($w: Window, $at: Moment) { echo(window: $w, moment: $at) }',
    { w: { from: '2020-01-01T00:00:00Z', not: { limit: 5 } }, at: '2021-01-01T00:00:00Z' },
  ],
  [
    'query ($at: Moment! = "2022-02-02T00:00:00Z", $to: Moment) { moment(at: $at) echo(window: { to: $to, from: $at }) }',
    {},
  ],
  ['query ($limit: Int) { echo(window: { limit: $limit }) }', {}],
  [
    'query ($limit: Int!, $labels: [String!]) { echo(window: { limit: $limit, labels: $labels }) }',
    { limit: 9, labels: ['x'] },
  ],
  [
    'query ($yes: Boolean!) { a: person(key: "ann") { name @include(if: $yes) ...F } b: person(key: "bob") @skip(if: $yes) { ...F } } fragment F on Person { id score }',
    { yes: true },
  ],
  [
    'query ($yes: Boolean!) { person(key: "ann") { boss @include(if: $yes) { name } friends { ...F @include(if: $yes) ...F @skip(if: $yes) } } } fragment F on Person { name favourite @skip(if: $yes) { title } }',
    { yes: false },
  ],
  [
    'query ($a: Boolean!, $b: Boolean!) { person(key: "ann") { friends @include(if: $a) { ...F } friends @include(if: $b) { id } } } fragment F on Person { name }',
    { a: false, b: true },
  ],
];

describe('The same query gives the same answer however the graph is served', () => {
  for (const entry of CATALOGUE) {
    const [query, variables] = typeof entry === 'string' ? [entry, {}] : entry;
    test(`${query} ${JSON.stringify(variables)}`, async () => {
      const document = parse(query);
      assert.deepEqual(validate(schema, document), []);
      await agree({ compiled, routed: routed.execute }, document, variables);
    });
  }
});

describe('A reference to what is not there', () => {
  const ways = { interpreted, compiled, routed: routed.execute };
  const answerOf = async (execute: Execute, query: string) =>
    comparable(await execute({ document: parse(query), contextValue: fixtureContext() }));

  for (const [name, execute] of Object.entries(ways)) {
    test(`is null without an error where a field that can't be null is asked of it: ${name}`, async () => {
      assert.deepEqual(
        await answerOf(execute, '{ person(key: "cid") { id favourite { id heading title } } }'),
        { data: '{"person":{"id":"Person:cid","favourite":null}}', errors: [] },
      );
      assert.deepEqual(await answerOf(execute, '{ review(number: 4) { id person { name } } }'), {
        data: '{"review":{"id":"Review:4","person":null}}',
        errors: [],
      });
    });

    test(`is null without an error where only fields that can be null are asked of it: ${name}`, async () => {
      assert.deepEqual(await answerOf(execute, '{ person(key: "cid") { favourite { id title } } }'), {
        data: '{"person":{"favourite":null}}',
        errors: [],
      });
    });

    test(`is its id where nothing else is asked of it: ${name}`, async () => {
      assert.deepEqual(await answerOf(execute, '{ person(key: "cid") { favourite { __typename id } } }'), {
        data: '{"person":{"favourite":{"__typename":"Product","id":"Product:lost"}}}',
        errors: [],
      });
    });

    test(`is a fault where the schema lets no null be in its place: ${name}`, async () => {
      assert.deepEqual(await answerOf(execute, '{ review(number: 4) { id product { heading } } }'), {
        data: '{"review":null}',
        errors: ['review: below'],
      });
    });

    test(`is null with an error where its owner failed: ${name}`, async () => {
      assert.deepEqual(await answerOf(execute, '{ person(key: "dan") { favourite { id heading } } }'), {
        data: '{"person":{"favourite":null}}',
        errors: ['person.favourite: BACKEND_UNAVAILABLE'],
      });
      assert.deepEqual(await answerOf(execute, '{ person(key: "dan") { favourite { id title } } }'), {
        data: '{"person":{"favourite":null}}',
        errors: ['person.favourite: BACKEND_UNAVAILABLE'],
      });
    });
  }
});

describe('One subgraph over HTTP gives the same answers', () => {
  for (const module of fixtureSubgraphs) {
    let server: SubgraphServer;
    let remote: Execute;
    before(async () => {
      server = await serveSubgraph(module);
      const modules = fixtureSubgraphs.filter((other) => other !== module);
      ({ execute: remote } = await createRouterExecutor({
        supergraphSdl: fixtureSupergraph,
        modules,
        remotes: { [module.name]: server.url },
      }));
    });
    after(() => server.close());
    test(module.name, async () => {
      for (const entry of CATALOGUE) {
        const [query, variables] = typeof entry === 'string' ? [entry, {}] : entry;
        await agree({ [query]: remote }, parse(query), variables);
      }
    });
  }
});

const ARGUMENTS: Arguments = {
  'Query.node': ['(id: "Person:ann")', '(id: "Product:lamp")', '(id: $id)'],
  'Query.nodes': ['(ids: ["Person:ann", "Product:bike", "Person:nobody"])', '(ids: [$id, "Person:bob"])'],
  'Query.person': ['(key: "ann")', '(key: $key)'],
  'Query.people': ['', '(keys: ["dan", "ann"])', '(keys: [$key, "nobody"])'],
  'Query.echo': [
    '(tier: FREE)',
    '(moment: $moment)',
    '(window: $window)',
    '(window: { from: $moment, limit: 3, not: $window })',
    '(text: $text, numbers: [[$number, 2], [3]])',
    '(text: null)',
  ],
  'Query.moment': ['', '(at: "2023-03-03T03:03:03Z")'],
  'Query.fails': ['(code: "FORBIDDEN")', '(code: $key)'],
  'Query.product': ['(sku: "bike")', '(sku: "lamp")', '(sku: "lost")'],
  'Query.review': ['(number: 1)', '(number: 4)'],
  'Query.reviews': ['', '(mood: BAD)', '(mood: $mood)'],
  'Query.search': ['(text: "word")', '(text: $key)'],
  'Person.name': ['', '(upper: true)', '(upper: $yes)'],
  'Person.friends': ['', '(first: 1)', '(first: $number)'],
  'Person.reviews': ['', '(mood: $mood)'],
  'Person.score': ['', '(weight: 3.5)', '(weight: $weight)'],
};
const POOL: VariablePool = {
  yes: { type: 'Boolean!', values: [true, false] },
  no: { type: 'Boolean!', values: [true, false] },
  maybe: { type: 'Boolean!', values: [true, false] },
  byDefault: { type: 'Boolean = true', values: [undefined, true, false] },
  id: { type: 'ID!', values: ['Person:bob', 'Product:rope', 'malformed', 7] },
  key: { type: 'String!', values: ['ann', 'bob', 'cid', 'dan', 'TIMEOUT', 'Ünïcode "quoted" \\'] },
  moment: { type: 'Moment', values: [undefined, null, '2020-02-02T02:02:02Z'] },
  window: {
    type: 'Window',
    values: [undefined, null, {}, { from: '2020-01-01T00:00:00Z', labels: ['a', 'b'], not: { limit: 4 } }],
  },
  text: { type: 'String = "by default"', values: [undefined, null, 'text'] },
  number: { type: 'Int', values: [undefined, 0, 1, 2] },
  mood: { type: 'Mood', values: [undefined, null, 'GOOD', 'BAD'] },
  weight: { type: 'Float', values: [undefined, 0.5, 2] },
};

test('random queries give the same answer compiled, interpreted and routed', async () => {
  let valid = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(999), { minLength: 5, maxLength: 150, size: 'max' }), async (tape) => {
      const { query, variables } = randomQuery(schema, ARGUMENTS, POOL, tape);
      const document = parse(query);
      fc.pre(validate(schema, document).length === 0);
      valid += 1;
      await agree({ compiled, routed: routed.execute }, document, variables).catch((error: Error) => {
        throw new Error(`${query}\n${JSON.stringify(variables)}\n${error.message}`);
      });
    }),
    { numRuns: Number(process.env['RANDOM_QUERIES'] ?? 300) },
  );
  assert.ok(valid >= 100);
});
