import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { serverAudits } from 'graphql-http';
import { openInstallation, type TestInstallation } from '../support/application.ts';

describe('GraphQL over HTTP', () => {
  let installation: TestInstallation;
  const plain = new ApolloServer({ typeDefs: 'type Query { hello: String }' });
  let plainUrl: string;
  before(async () => {
    installation = await openInstallation();
    plainUrl = (await startStandaloneServer(plain, { listen: { host: '127.0.0.1', port: 0 } })).url;
  });
  after(async () => {
    await installation.close();
    await plain.stop();
  });

  const audit = async (url: string) => {
    const counts: Record<string, string[]> = { ok: [], notice: [], warn: [], error: [] };
    for (const one of serverAudits({ url, fetchFn: fetch })) {
      const result = await one.fn();
      counts[result.status]?.push(`${result.id} ${result.name}`);
    }
    return counts;
  };

  test('every audit of graphql-http passes without an error, and at least as many as with plain Apollo Server', async () => {
    const [ours, theirs] = [await audit(`${installation.address}/graphql`), await audit(plainUrl)];
    assert.deepEqual(ours['error'], []);
    assert.ok(
      (ours['ok']?.length ?? 0) >= (theirs['ok']?.length ?? 0),
      `${JSON.stringify(ours)} against ${theirs['ok']?.length}`,
    );
    assert.ok((theirs['ok']?.length ?? 0) > 50, 'the audit did run');
  });

  test('a document that was seen before is answered as it was the first time', async () => {
    const token = await installation.token('one', []);
    const post = async (body: unknown) => {
      const response = await fetch(`${installation.address}/graphql`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json',
          authorization: `Bearer ${token}`,
        },
        body: JSON.stringify(body),
      });
      return {
        status: response.status,
        type: response.headers.get('content-type'),
        body: (await response.text())
          .replaceAll(response.headers.get('x-request-id') ?? 'none', '…')
          // An answer that is known costs less.
          .replace(/"cost":\{.*\}\}/, ''),
      };
    };
    const bodies = [
      { query: '{ __typename }' },
      { query: 'query A { __typename } query B { __schema { queryType { name } } }', operationName: 'B' },
      { query: 'query A { __typename } query B { __schema { queryType { name } } }' },
      { query: 'query A { __typename } query B { __schema { queryType { name } } }', operationName: 'C' },
      { query: 'query ($id: ID!) { activity(id: $id) { id } }', variables: {} },
      { query: 'query ($id: ID!) { activity(id: $id) { id } }', variables: { id: { nested: true } } },
      { query: 'query ($id: ID!) { activity(id: $id) { id } }', variables: { id: 'x' } },
      { query: '{ viewer { tenant { id } } }' },
    ];
    for (const body of bodies) {
      const first = await post(body);
      await post({ query: body.query, operationName: 'A' in body ? 'A' : undefined });
      assert.deepEqual(await post(body), first, JSON.stringify(body));
    }
  });
});
