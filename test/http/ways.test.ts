import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { ALL_SCOPES, openInstallation, type TestInstallation } from '../support/application.ts';

/** Past the HTTP framework, through it, and through it without a length. */
const WAYS = ['/graphql', '/graphql/', 'chunked'] as const;

type Sent = { readonly body: string | Uint8Array; readonly headers?: Record<string, string> };

describe('A request is answered the same whichever way it takes through the server', () => {
  let installation: TestInstallation;
  let token: string;
  before(async () => {
    installation = await openInstallation({
      MAX_BODY_BYTES: '4096',
      COST_BUDGET: '1000',
      COST_RESTORE_PER_SECOND: '1',
    });
    token = await installation.token('one', ALL_SCOPES);
  });
  after(() => installation.close());

  const send = async (way: (typeof WAYS)[number], { body, headers = {} }: Sent) => {
    const bytes = Buffer.from(body as string);
    const response = await fetch(`${installation.address}${way === 'chunked' ? '/graphql' : way}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...headers },
      body: way === 'chunked' ? new Blob([bytes]).stream() : bytes,
      duplex: 'half',
    } as RequestInit);
    const text = await response.text();
    return {
      status: response.status,
      type: response.headers.get('content-type'),
      retryAfter: response.headers.has('retry-after'),
      // What no two requests have in common.
      text: text
        .replaceAll(response.headers.get('x-request-id') ?? 'none', '…')
        .replace(/("currentlyAvailable"|"retryAfterMs"):\d+/g, '$1:0'),
    };
  };
  const query = (text: string, rest: object = {}): Sent => ({
    body: JSON.stringify({ query: text, ...rest }),
  });

  const requests: Record<string, Sent> = {
    'an answer': query('{ viewer { tenant { id name } scopes } }'),
    'an operation by name': query('query A { __typename } query B { viewer { scopes } }', {
      operationName: 'B',
    }),
    'no such operation': query('query A { __typename } query B { viewer { scopes } }', {
      operationName: 'C',
    }),
    'null with an error': query('{ activity(id: "nonsense") { id } }'),
    'a variable of the wrong type': query('query ($id: ID!) { activity(id: $id) { id } }', {
      variables: { id: {} },
    }),
    'variables that are no object': query('{ __typename }', { variables: [1] }),
    'a field that does not exist': query('{ nonsense }'),
    'no query': { body: '{}' },
    'null for a query': { body: '{"query":null}' },
    'a key that is unknown': query('{ __typename }', { extensions: {} }),
    'several operations': { body: '[{"query":"{ __typename }"}]' },
    'no object': { body: '7' },
    nothing: { body: '' },
    'broken JSON': { body: '{"query":' },
    'invalid UTF-8': { body: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]) },
    'a byte order mark': { body: `\ufeff${JSON.stringify({ query: '{ __typename }' })}` },
    gzip: { body: gzipSync('{"query":"{ __typename }"}'), headers: { 'content-encoding': 'gzip' } },
    'gzip that is none': { ...query('{ __typename }'), headers: { 'content-encoding': 'gzip' } },
    'a gzip bomb': { body: gzipSync(Buffer.alloc(1_000_000, 0x20)), headers: { 'content-encoding': 'gzip' } },
    'an encoding that is not read': { ...query('{ __typename }'), headers: { 'content-encoding': 'br' } },
    'a body that is too large': query(`{ __typename } #${' '.repeat(5_000)}`),
    'another media type': { ...query('{ __typename }'), headers: { 'content-type': 'text/plain' } },
    'another media type for the answer': {
      ...query('{ __typename }'),
      headers: { accept: 'application/graphql-response+json' },
    },
    'no credential': { ...query('{ viewer { scopes } }'), headers: { authorization: '' } },
    'a credential that is refused': {
      ...query('{ viewer { scopes } }'),
      headers: { authorization: 'Bearer x.y.z' },
    },
    'more than may be asked at once': query(`{ ${'viewer { scopes } '.repeat(60)} }`),
    'more than the tenant has left': query(
      '{ searchActivities(first: 200) { nodes { lead { activities(first: 10) { nodes { id } } } } } }',
    ),
  };

  for (const [name, request] of Object.entries(requests))
    test(name, async () => {
      const first = await send('/graphql', request);
      if (name === 'more than the tenant has left') assert.equal(first.status, 429);
      else assert.notEqual(first.status, 429);
      for (const way of WAYS)
        for (let time = 0; time < 2; time += 1)
          assert.deepEqual(await send(way, request), first, `${way}, ${time}`);
    });

  test('and counted the same', async () => {
    const series = async () => {
      const text = await (await fetch(`${installation.address}/metrics`)).text();
      const value = (pattern: RegExp) => Number(pattern.exec(text)?.[1] ?? 0);
      return [
        value(/^journeygraph_http_request_seconds_count\{route="\/graphql",status="200"\} (\d+)/m),
        value(/^journeygraph_graphql_operations_total\{operation="query",code="ok"\} (\d+)/m),
      ] as const;
    };
    for (const way of WAYS) {
      const [requestsBefore, operationsBefore] = await series();
      assert.equal((await send(way, query('{ __typename }'))).status, 200);
      assert.deepEqual(await series(), [requestsBefore + 1, operationsBefore + 1], way);
    }
  });
});
