import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { createSolrSearch } from '../../src/datasources/activity-search/solr/adapter.ts';
import {
  openSolrClient,
  type SolrClient,
  type SolrClientOptions,
} from '../../src/datasources/activity-search/solr/cluster/client.ts';
import { openSolr } from '../../src/datasources/activity-search/solr/cluster/connection.ts';
import { createSolrIndex } from '../../src/datasources/activity-search/solr/index/index.ts';
import { verifyTenant } from '../../src/domain/tenant.ts';
import { UTC_CALENDAR } from '../../src/domain/time/buckets.ts';
import { DomainError } from '../../src/lib/errors.ts';
import { filter, textQuery } from '../contract/activity-search-arbitraries.ts';
import { anActivity } from '../support/activities.ts';

const signal = new AbortController().signal;

/** A server that answers as it is told, in place of Solr. */
async function serve(listener: RequestListener) {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/solr`,
    port,
    /** As a process that is killed: connections break. */
    breakConnections: () => server.closeAllConnections(),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const answer =
  (status: number, body: unknown): RequestListener =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };

async function withClient<T>(
  listener: RequestListener,
  options: Partial<SolrClientOptions>,
  work: (client: SolrClient) => Promise<T>,
): Promise<T> {
  const server = await serve(listener);
  const client = openSolrClient({ url: server.url, ...options });
  try {
    return await work(client);
  } finally {
    await client.close();
    await server.close();
  }
}

/** An error for the caller: with its code, and without anything of where the engine is or what was asked. */
const refused =
  (code: string) =>
  (error: unknown): true => {
    assert.ok(error instanceof DomainError, String(error));
    assert.equal(error.code, code);
    assert.doesNotMatch(error.message, /127\.0\.0\.1|secret|solr/i);
    return true;
  };

describe("Solr's client", () => {
  test('every status but 200 is an error of our own, and the client goes on', async () => {
    const answers: [number, string][] = [
      [400, 'INTERNAL'],
      [401, 'BACKEND_UNAVAILABLE'],
      [404, 'BACKEND_UNAVAILABLE'],
      [409, 'BACKEND_UNAVAILABLE'],
      [429, 'BACKEND_UNAVAILABLE'],
      [500, 'BACKEND_UNAVAILABLE'],
      [503, 'BACKEND_UNAVAILABLE'],
      [302, 'INTERNAL'],
    ];
    for (const [status, code] of answers)
      await withClient(answer(status, { error: { msg: 'secret' } }), {}, async (client) => {
        for (let again = 0; again < 3; again += 1)
          await assert.rejects(client.call({ path: '/x' }, signal), refused(code), String(status));
      });
  });

  test('an answer of a part is none', async () => {
    for (const partialResults of [true, 'omitted'])
      await withClient(
        answer(200, { responseHeader: { status: 0, partialResults }, response: { numFound: 1, docs: [] } }),
        {},
        (client) => assert.rejects(client.call({ path: '/x' }, signal), refused('TIMEOUT')),
      );
  });

  test('an answer that is no JSON, breaks off or is beyond the bound is an error', async () => {
    await withClient(answer(200, '<html>secret'), {}, (client) =>
      assert.rejects(client.call({ path: '/x' }, signal), refused('BACKEND_UNAVAILABLE')),
    );
    await withClient(
      (_request, response) => {
        response.writeHead(200, { 'content-length': '1000' });
        response.write('{');
        setImmediate(() => response.destroy());
      },
      {},
      (client) => assert.rejects(client.call({ path: '/x' }, signal), refused('BACKEND_UNAVAILABLE')),
    );
    await withClient(answer(200, { long: 'x'.repeat(5_000) }), { maxAnswerBytes: 1_000 }, (client) =>
      assert.rejects(client.call({ path: '/x' }, signal), refused('INTERNAL')),
    );
  });

  test('a server that never answers, or never ends, is given up in time; and at once by the signal', async () => {
    for (const listener of [
      () => {},
      (_request, response) => {
        response.writeHead(200);
        response.write('{');
      },
    ] satisfies RequestListener[])
      await withClient(listener, { timeoutMs: 50 }, async (client) => {
        await assert.rejects(client.call({ path: '/x' }, signal), refused('TIMEOUT'));
        const reason = new DomainError('TIMEOUT', 'The deadline of the request has passed.');
        const stopped = AbortSignal.abort(reason);
        await assert.rejects(client.call({ path: '/x', timeoutMs: 60_000 }, stopped), reason);
        const later = new AbortController();
        const call = client.call({ path: '/x', json: {}, timeoutMs: 60_000 }, later.signal);
        setImmediate(() => later.abort(reason));
        await assert.rejects(call, reason);
      });
  });

  test('a port nobody listens at is unavailable', async () => {
    const server = await serve(() => {});
    await server.close();
    const client = openSolrClient({ url: server.url });
    await assert.rejects(client.call({ path: '/x' }, signal), refused('BACKEND_UNAVAILABLE'));
    await client.close();
  });

  test('user and password go as basic authentication', async () => {
    await withClient(
      (request, response) => answer(200, { seen: request.headers.authorization })(request, response),
      { user: 'jane', password: 'pä:ss' },
      async (client) =>
        assert.equal(
          (await client.call({ path: '/x' }, signal))['seen'],
          `Basic ${Buffer.from('jane:pä:ss').toString('base64')}`,
        ),
    );
  });
});

/** What Solr tells of itself, with the state of the one core's log as it is now. */
const cluster = (state: {
  log: number;
  replica?: 'active' | 'down';
  /** How long ago each node started, in ms; the activities are on the first, the leads on the last. */
  nodes?: readonly number[];
  /** What a node says of its own cores, and of what collections it has loaded them. */
  health?: 200 | 503;
  loaded?: readonly string[];
  /** Whether the cores say themselves that they lead. */
  elected?: boolean;
  updates: number;
  queries: number;
  onSelect?: (params: URLSearchParams, body: { filter: unknown[] }) => void;
}): RequestListener => {
  const names = ['p-activities-1', 'p-leads-1'];
  const started = (state.nodes ?? [3_600_000]).map((ago) => Date.now() - ago);
  const nodeOf = (name: string): string => `n${name === names[0] ? 1 : started.length}`;
  const collectionOf = (name: string) => ({
    shards: {
      shard1: {
        replicas: {
          r1: {
            core: `${name}_shard1_replica_n1`,
            node_name: nodeOf(name),
            state: state.replica ?? 'active',
            leader: 'true',
          },
        },
      },
    },
  });
  return async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://x');
    const body = await text(request);
    const reply = (body: unknown) => answer(200, body)(request, response);
    if (pathname.endsWith('/admin/collections'))
      reply({
        cluster: {
          live_nodes: started.map((_, at) => `n${at + 1}`),
          aliases: { 'p-activities': 'p-activities-1', 'p-leads': 'p-leads-1' },
          collections: Object.fromEntries(names.map((name) => [name, collectionOf(name)])),
        },
      });
    else if (pathname.endsWith('/admin/metrics'))
      reply(
        Object.fromEntries(
          started.map((at, index) => [
            `n${index + 1}`,
            {
              metrics: {
                'solr.node': { 'ADMIN./admin/metrics.handlerStart': at },
                ...Object.fromEntries(
                  names.map((name) => [
                    `solr.core.${name}.shard1.replica_n1`,
                    { 'TLOG.state': state.log, 'CORE.isLeader': state.elected ?? true },
                  ]),
                ),
              },
            },
          ]),
        ),
      );
    else if (pathname.endsWith('/admin/cores'))
      reply({
        status: Object.fromEntries(
          (state.loaded ?? names).map((name) => [
            `${name}_shard1_replica_n1`,
            { startTime: '2026-01-01T00:00:00Z' },
          ]),
        ),
      });
    else if (pathname.endsWith('/admin/info/health'))
      answer(state.health ?? 200, { status: state.health === 503 ? 'FAILURE' : 'OK' })(request, response);
    else {
      if (pathname.endsWith('/update')) state.updates += 1;
      else state.queries += 1;
      if (pathname.endsWith('/select')) state.onSelect?.(searchParams, JSON.parse(body));
      reply({ responseHeader: { status: 0 }, response: { numFound: 0, docs: [] } });
    }
  };
};

describe('while Solr replays its log', () => {
  const tenant = verifyTenant('replay');
  const everything = {
    query: null,
    filter: null,
    sort: 'NEWEST',
    first: 1,
    after: null,
    highlight: false,
    total: null,
    pii: true,
    facets: [],
  } as const;

  test('searches and writes are refused, also when it was restarted between two of them', async () => {
    const state = { log: 0, updates: 0, queries: 0 };
    const server = await serve(cluster(state));
    const solr = openSolr({ url: server.url, prefix: 'p-' });
    const search = () => createSolrSearch(solr).searchActivities(tenant, everything, signal);
    const write = () =>
      createSolrIndex(solr).indexActivities(tenant, [anActivity(tenant.id)], () => undefined, signal);

    await assert.rejects(search(), refused('BACKEND_UNAVAILABLE'));
    await assert.rejects(write(), refused('BACKEND_UNAVAILABLE'));
    assert.deepEqual([state.queries, state.updates], [0, 0], 'nothing was asked or written');

    state.log = 3;
    await search();
    await write();
    assert.equal(state.updates, 1);

    state.log = 0;
    const epoch = solr.client.epoch();
    server.breakConnections();
    while (solr.client.epoch() === epoch) await new Promise(setImmediate);
    await assert.rejects(search(), refused('BACKEND_UNAVAILABLE'));
    await assert.rejects(write(), refused('BACKEND_UNAVAILABLE'));
    assert.equal(state.updates, 1);

    state.log = 3;
    await search();
    await solr.close();
    await server.close();
  });

  test('a shard without a live leader refuses both', async () => {
    const state = { log: 3, replica: 'down' as const, updates: 0, queries: 0 };
    const server = await serve(cluster(state));
    const solr = openSolr({ url: server.url, prefix: 'p-' });
    await assert.rejects(
      createSolrSearch(solr).searchActivities(tenant, everything, signal),
      refused('BACKEND_UNAVAILABLE'),
    );
    await assert.rejects(
      createSolrIndex(solr).indexActivities(tenant, [anActivity(tenant.id)], () => undefined, signal),
      refused('BACKEND_UNAVAILABLE'),
    );
    assert.deepEqual([state.queries, state.updates], [0, 0]);
    await solr.close();
    await server.close();
  });
});

describe('a log said to be active', () => {
  const HOUR_MS = 3_600_000;
  const cases = [
    ['is not believed of a lone node that has only just started', { nodes: [2_000], health: 503 }, false],
    ['is believed of it when it has been through all its logs', { nodes: [2_000] }, true],
    [
      'is not believed of it while a core is not loaded, which is no part of its health',
      { nodes: [2_000], loaded: ['p-leads-1'] },
      false,
    ],
    [
      'is believed of a lone node that has been up, whatever other cores it has',
      { nodes: [HOUR_MS], health: 503 },
      true,
    ],
    ['is not believed while all nodes have only just started', { nodes: [2_000, 3_000] }, false],
    ['is believed when one was up to see the other start', { nodes: [2_000, HOUR_MS], health: 503 }, true],
    [
      'is not believed of a core that still waits to be elected, however long its node has been up',
      { nodes: [HOUR_MS, HOUR_MS], elected: false },
      false,
    ],
  ] as const;
  for (const [title, state, isBelieved] of cases)
    test(title, async () => {
      const server = await serve(cluster({ log: 3, updates: 0, queries: 0, ...state }));
      const solr = openSolr({ url: server.url, prefix: 'p-' });
      const ready = solr.whenReady(async () => 'ready', signal);
      if (isBelieved) assert.equal(await ready, 'ready');
      else await assert.rejects(ready, refused('BACKEND_UNAVAILABLE'));
      await solr.close();
      await server.close();
    });
});

test("whatever is asked, every search carries the tenant's filter and route", async () => {
  const tenant = verifyTenant('by-construction');
  let selects = 0;
  const server = await serve(
    cluster({
      log: 3,
      updates: 0,
      queries: 0,
      onSelect(params, body) {
        if (params.get('_route_') === null && body.filter === undefined) return; // The readiness check's.
        selects += 1;
        assert.equal(params.get('_route_'), 'by-construction!');
        assert.deepEqual(body.filter[0], { term: { f: 'tenant', query: 'by-construction' } });
      },
    }),
  );
  const solr = openSolr({ url: server.url, prefix: 'p-' });
  const search = createSolrSearch(solr);
  const facets = [
    { name: 'a', field: { kind: 'attribute', name: 'n' }, limit: 3 },
    { name: 't', field: { kind: 'time', grain: 'DAY', calendar: UTC_CALENDAR }, limit: 3 },
  ] as const;
  await fc.assert(
    fc.asyncProperty(
      fc.option(textQuery),
      fc.option(filter(tenant.id)),
      fc.boolean(),
      fc.constantFrom('RELEVANCE' as const, 'NEWEST' as const),
      async (query, condition, pii, sort) => {
        const before = selects;
        const request = { query, sort, first: 5, after: null, highlight: true, total: 'exact', pii } as const;
        await search.searchActivities(tenant, { ...request, filter: condition, facets }, signal);
        await search.searchLeads(
          tenant,
          { ...request, filter: null, sort: sort === 'NEWEST' ? 'LAST_SEEN' : sort },
          signal,
        );
        assert.ok(selects - before >= 2, 'activities and leads were asked');
      },
    ),
    { numRuns: 100 },
  );
  await solr.close();
  await server.close();
});
