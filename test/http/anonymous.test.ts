import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  buildClientSchema,
  getIntrospectionQuery,
  type IntrospectionOptions,
  type IntrospectionQuery,
} from 'graphql';
import { ALL_SCOPES, openInstallation, type TestInstallation } from '../support/application.ts';

/** As GraphiQL, codegen, Apollo's tools, urql and Python's gql ask. */
const OPTIONS: readonly IntrospectionOptions[] = [
  {},
  { descriptions: false },
  {
    specifiedByUrl: true,
    directiveIsRepeatable: true,
    schemaDescription: true,
    inputValueDeprecation: true,
    oneOf: true,
  },
  { inputValueDeprecation: true, directiveIsRepeatable: true },
  { typeDepth: 7 },
];

describe('Without a credential', () => {
  let installation: TestInstallation;
  before(async () => {
    installation = await openInstallation({
      ANONYMOUS_COST_BUDGET: '8000',
      ANONYMOUS_COST_RESTORE_PER_SECOND: '1000',
    });
  });
  after(() => installation.close());

  test('the standard introspection query is answered whole, from memory once it was asked', async () => {
    const token = await installation.token('one', ALL_SCOPES);
    for (const options of OPTIONS) {
      const query = getIntrospectionQuery(options);
      const first = await installation.graphql(token, query);
      assert.equal(first.status, 200, JSON.stringify(first.body.errors));
      buildClientSchema(first.body.data as IntrospectionQuery);
      const again = await installation.graphql(undefined, query.replace('IntrospectionQuery', 'Another'));
      assert.deepEqual(again.body.data, first.body.data);
      assert.ok((again.body.extensions?.['cost'].requestedQueryCost ?? 0) <= 10);
    }
  });

  test('it names no directive location that older clients of other languages do not know', async () => {
    const { body } = await installation.graphql(undefined, '{ __schema { directives { name locations } } }');
    const deprecated = body.data.__schema.directives.find(
      (one: { name: string }) => one.name === 'deprecated',
    );
    assert.deepEqual(deprecated.locations, [
      'FIELD_DEFINITION',
      'ARGUMENT_DEFINITION',
      'INPUT_FIELD_DEFINITION',
      'ENUM_VALUE',
    ]);
  });

  test('nothing large is read: neither a document nor a body', async () => {
    const long = await installation.graphql(undefined, `{ ${'viewer { scopes } '.repeat(600)} }`);
    assert.equal(long.status, 400);
    assert.match(long.body.errors?.[0]?.message ?? '', /Without a credential .*8192.*Send a credential/);
    const large = await installation.graphql(undefined, '{ __typename }', { x: 'x'.repeat(70_000) });
    assert.ok([401, 413].includes(large.status), String(large.status));
  });

  test('all share a small budget; who exceeds it is told when to come back', async () => {
    let refused: Awaited<ReturnType<TestInstallation['graphql']>> | undefined;
    for (let index = 0; index < 200 && !refused; index += 1) {
      const answer = await installation.graphql(
        undefined,
        `{ __schema { types { name a${index}: fields { name type { name fields { name } } } } } }`,
      );
      if (answer.status === 429) refused = answer;
    }
    assert.ok(refused, 'the budget never ended');
    assert.equal(refused.body.errors?.[0]?.extensions['code'], 'RATE_LIMITED');
    assert.match(refused.body.errors?.[0]?.message ?? '', /without a credential/);
    assert.ok(Number(refused.headers.get('retry-after')) >= 1);
    const token = await installation.token('one', ALL_SCOPES);
    assert.equal(
      (await installation.graphql(token, '{ viewer { scopes } }')).status,
      200,
      'a tenant pays itself',
    );
  });
});
