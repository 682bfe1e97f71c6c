import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { type ExecutionResult, parse } from 'graphql';
import { formatError } from '../../../../src/gateway/graphql/errors.ts';
import type { Execute } from '../../../../src/gateway/graphql/executor.ts';
import { createRouterExecutor } from '../../../../src/gateway/router/router-executor.ts';
import { DomainError } from '../../../../src/lib/errors.ts';
import { fixtureContext } from '../../../support/fixture-data.ts';
import { fixtureSubgraphs, fixtureSupergraph } from '../../../support/fixture-subgraphs.ts';
import { deadAddress, type SubgraphServer, serveSubgraph } from '../../../support/subgraph-server.ts';

const without = (name: string) => fixtureSubgraphs.filter((module) => module.name !== name);
const routerWith = async (name: string, url: string): Promise<Execute> =>
  (
    await createRouterExecutor({
      supergraphSdl: fixtureSupergraph,
      modules: without(name),
      remotes: { [name]: url },
    })
  ).execute;

/** Errors as a caller gets them. */
const shown = ({ errors }: ExecutionResult) =>
  (errors ?? [])
    .map((error) => formatError(error.toJSON(), error, () => {}))
    .map(({ path, message, extensions }) => ({ path: path?.join('.'), message, extensions }));
const data = (result: ExecutionResult) => JSON.parse(JSON.stringify(result.data));

describe('A remote subgraph', () => {
  let server: SubgraphServer;
  let execute: Execute;
  before(async () => {
    const people = fixtureSubgraphs.find((module) => module.name === 'people');
    assert.ok(people);
    server = await serveSubgraph(people);
    execute = await routerWith('people', server.url);
  });
  after(() => server.close());

  test('gets the caller’s credential as it came, and none where none came', async () => {
    const document = parse('{ whoami }');
    assert.equal(
      (await execute({ document, contextValue: fixtureContext('Bearer of.tests') })).data?.['whoami'],
      'Bearer of.tests',
    );
    assert.equal((await execute({ document, contextValue: fixtureContext() })).data?.['whoami'], null);
  });

  test('gives its errors with their codes, at the fields they belong to', async () => {
    const result = await execute({
      document: parse('{ catalogue { maker { name private broken } } fails(code: "RATE_LIMITED") }'),
      contextValue: fixtureContext(),
    });
    const errors = shown(result).map(
      ({ path, extensions }) => `${path} ${extensions?.['code']} ${extensions?.['retryable']}`,
    );
    assert.deepEqual(errors.sort(), [
      'catalogue.1.maker.broken BACKEND_UNAVAILABLE true',
      'catalogue.3.maker.broken BACKEND_UNAVAILABLE true',
      'fails RATE_LIMITED true',
    ]);
  });

  test('says what is wrong with a variable that only it can read', async () => {
    const document = parse('query ($at: Moment) { echo(moment: $at) catalogue { id } }');
    const result = await execute({
      document,
      variables: { at: 'no moment' },
      contextValue: fixtureContext(),
    });
    assert.equal(result.data?.['echo'], null);
    assert.equal(data(result).catalogue.length, 4);
    assert.deepEqual(
      shown(result).map(({ path, extensions }) => [path, extensions?.['code']]),
      [['echo', 'BAD_USER_INPUT']],
    );
  });
});

describe('A remote subgraph that answers without end', () => {
  test('is given up at 64 MiB, and is said not to answer', async () => {
    const piece = 'x'.repeat(1024 * 1024);
    let sent = 0;
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{"data":{"whoami":"');
      const more = (): void => {
        while (!response.destroyed && response.write(piece)) sent += 1;
        sent += 1;
      };
      response.on('drain', more).on('error', () => {});
      more();
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    try {
      const execute = await routerWith(
        'people',
        `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      );
      const result = await execute({
        document: parse('{ whoami catalogue { id } }'),
        contextValue: fixtureContext(),
      });
      assert.equal(data(result).whoami, null);
      assert.equal(data(result).catalogue.length, 4);
      assert.deepEqual(
        shown(result).map(({ path, extensions }) => [path, extensions?.['code']]),
        [['whoami', 'BACKEND_UNAVAILABLE']],
      );
      assert.ok(sent >= 64 && sent < 128, `${sent} MiB were taken`);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});

describe('A subgraph that is served here', () => {
  test('says what is wrong with a variable that only it can read', async () => {
    const { execute } = await createRouterExecutor({
      supergraphSdl: fixtureSupergraph,
      modules: fixtureSubgraphs,
      remotes: {},
    });
    const document = parse('query ($at: Moment) { echo(moment: $at) catalogue { id } }');
    const result = await execute({
      document,
      variables: { at: 'no moment' },
      contextValue: fixtureContext(),
    });
    assert.equal(data(result).catalogue.length, 4);
    assert.deepEqual(
      shown(result).map(({ path, extensions }) => [path, extensions?.['code']]),
      [['echo', 'BAD_USER_INPUT']],
    );
  });

  test('variables, operations and introspection are answered as GraphQL has them', async () => {
    const { execute, schema } = await createRouterExecutor({
      supergraphSdl: fixtureSupergraph,
      modules: fixtureSubgraphs,
      remotes: {},
    });
    const run = (source: string, more: object = {}) =>
      execute({ document: parse(source), contextValue: fixtureContext('me'), ...more });
    const missing = await run('query ($key: String!) { person(key: $key) { id } }');
    assert.equal(missing.data, undefined);
    assert.match(missing.errors?.[0]?.message ?? '', /\$key/);
    assert.match(
      (await run('query A { whoami } query B { moment }')).errors?.[0]?.message ?? '',
      /operation name/,
    );
    assert.deepEqual(data(await run('query A { whoami } query B { moment }', { operationName: 'A' })), {
      whoami: 'me',
    });
    const mixed = data(await run('{ whoami __type(name: "Word") { fields { name } } __typename }'));
    assert.deepEqual(mixed, {
      whoami: 'me',
      __type: { fields: [{ name: 'text' }, { name: 'length' }] },
      __typename: 'Query',
    });
    assert.equal(schema.getType('join__Graph'), undefined);
  });

  test('mutations run in order', async () => {
    const { execute } = await createRouterExecutor({
      supergraphSdl: fixtureSupergraph,
      modules: fixtureSubgraphs,
      remotes: {},
    });
    const context = fixtureContext();
    const result = await execute({
      document: parse(
        'mutation { rename(key: "ann", to: "A") { name score } refuse(code: "FORBIDDEN") { id } must { name } }',
      ),
      contextValue: context,
    });
    assert.deepEqual(context.mutations, ['rename ann', 'refuse FORBIDDEN', 'must undefined']);
    assert.deepEqual(data(result), {
      rename: { name: 'A', score: 0 },
      refuse: null,
      must: { name: 'Name of ann' },
    });
    assert.deepEqual(
      shown(result).map(({ extensions }) => extensions?.['code']),
      ['FORBIDDEN'],
    );
  });
});

describe('A subgraph that does not answer takes its own fields with it and nothing else', () => {
  const UNAVAILABLE = { code: 'BACKEND_UNAVAILABLE', retryable: true };
  const remotes: readonly [what: string, open: () => Promise<{ url: string; close(): Promise<unknown> }>][] =
    [
      ['nothing listens', async () => ({ url: await deadAddress(), close: async () => {} })],
      ['a gateway’s page', () => fixedServer(502, 'text/html', '<h1>Bad Gateway</h1>')],
      ['an empty object', () => fixedServer(500, 'application/json', '{}')],
    ];
  for (const [what, open] of remotes)
    test(what, async () => {
      const remote = await open();
      try {
        const execute = await routerWith('catalog', remote.url);
        const result = await execute({
          document: parse(
            '{ everyone { name score favourite { id title rating } } product(sku: "bike") { id title } }',
          ),
          contextValue: fixtureContext(),
        });
        assert.deepEqual(data(result), {
          everyone: [
            { name: 'Name of ann', score: 0, favourite: { id: 'Product:bike', title: null, rating: null } },
            { name: 'Name of bob', score: 1.5, favourite: { id: 'Product:lamp', title: null, rating: null } },
            { name: 'Name of cid', score: 3, favourite: { id: 'Product:lost', title: null, rating: null } },
            {
              name: 'Name of dan',
              score: null,
              favourite: { id: 'Product:fails', title: null, rating: null },
            },
          ],
          product: null,
        });
        const errors = shown(result);
        assert.deepEqual(errors.map(({ path }) => path).sort(), [
          ...[0, 1, 2, 3].flatMap((index) => [
            `everyone.${index}.favourite.rating`,
            `everyone.${index}.favourite.title`,
          ]),
          'product',
        ]);
        for (const { message, extensions } of errors) {
          assert.deepEqual(extensions, UNAVAILABLE);
          assert.match(message, /'catalog' does not answer/);
          assert.doesNotMatch(message, /127\.0\.0\.1|http|ECONNREFUSED/);
        }
      } finally {
        await remote.close();
      }
    });

  test('a non-null field of it takes what it must, and data is still there', async () => {
    const execute = await routerWith('catalog', await deadAddress());
    const result = await execute({
      document: parse('{ catalogue { id } whoami }'),
      contextValue: fixtureContext('me'),
    });
    assert.equal(result.data, null);
    assert.deepEqual(
      shown(result).map(({ path, extensions }) => [path, extensions]),
      [['catalogue', UNAVAILABLE]],
    );
  });

  test('the caller’s deadline ends the wait, with its own code', async () => {
    const silent = createServer(() => {});
    await new Promise<void>((listening) => silent.listen(0, '127.0.0.1', listening));
    try {
      const execute = await routerWith(
        'catalog',
        `http://127.0.0.1:${(silent.address() as AddressInfo).port}/`,
      );
      const deadline = new AbortController();
      silent.once('request', () => deadline.abort(new DomainError('TIMEOUT', 'Too long.')));
      const result = await execute({
        document: parse('{ product(sku: "bike") { id } }'),
        contextValue: fixtureContext('me', deadline.signal),
      });
      assert.deepEqual(data(result), { product: null });
      assert.deepEqual(
        shown(result).map(({ extensions }) => extensions?.['code']),
        ['TIMEOUT'],
      );
    } finally {
      silent.closeAllConnections();
      await new Promise((closed) => silent.close(closed));
    }
  });
});

async function fixedServer(status: number, type: string, body: string) {
  const server = createServer((_request, response) => {
    response.writeHead(status, { 'content-type': type });
    response.end(body);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () => {
      server.closeAllConnections();
      return new Promise((closed) => server.close(closed));
    },
  };
}
