import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'graphql';
import { createCompiledExecutor } from '../../../src/gateway/compiled/compiled-executor.ts';
import { createAsksMore } from '../../../src/resolvers/selection.ts';
import type { ResolverMap } from '../../../src/resolvers/subgraph.ts';
import { oneSchemaOf } from '../../support/one-schema.ts';

test('a condition that changes between two runs of a document changes what the selection asks for', async () => {
  const asksMore = createAsksMore(new Set(['id']));
  const answers: boolean[] = [];
  const resolvers = {
    Query: {
      t(_parent: unknown, _args: unknown, _context: unknown, info: Parameters<typeof asksMore>[0]) {
        answers.push(asksMore(info, 'T'));
        return { id: '1', other: 2 };
      },
    },
  } as unknown as ResolverMap;
  const typeDefs = parse('type Query { t: T } type T { id: ID! other: Int }');
  const execute = createCompiledExecutor(oneSchemaOf([{ name: 'one', typeDefs, resolvers }]));
  const documents = [
    'query ($more: Boolean!) { t { id } ...F } fragment F on Query { t @include(if: $more) { other } }',
    'query ($more: Boolean!) { t { ...F } } fragment F on T { id other @include(if: $more) }',
  ];
  for (const document of documents.map((text) => parse(text)))
    for (const more of [false, true, false, true, true, false])
      await execute({ document, variables: { more }, contextValue: {} });
  const expected = [false, true, false, true, true, false];
  assert.deepEqual(answers, [...expected, ...expected]);
});
