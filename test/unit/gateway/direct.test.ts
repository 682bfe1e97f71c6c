import assert from 'node:assert/strict';
import { once } from 'node:events';
import { afterEach, describe, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import pino from 'pino';
import { jsonAnswer } from '../../../src/gateway/answer.ts';
import type { DirectRoute } from '../../../src/gateway/direct.ts';
import { createDeadline } from '../../../src/gateway/http/deadline.ts';
import { createHttpServer, sendAnswer } from '../../../src/gateway/http-server.ts';
import { DomainError } from '../../../src/lib/errors.ts';
import { openRaw, post } from '../../support/raw-http.ts';

type Handle = DirectRoute['handle'];
type Running = {
  readonly server: FastifyInstance;
  readonly address: string;
  /** What the metrics were told. */
  readonly counted: string[];
  readonly logged: unknown[];
};

const open: FastifyInstance[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) {
    server.server.closeAllConnections();
    await server.close();
  }
});

/** One path, answered by the same function on both ways; each says which way it was. */
async function start(handle: Handle): Promise<Running> {
  const counted: string[] = [];
  const logged: unknown[] = [];
  const server = createHttpServer({
    http: { maxBodyBytes: 1_000, cors: { api: [], ingest: '*' } } as never,
    authorise: async () => false,
    logger: pino({ level: 'error' }, { write: (line: string) => void logged.push(JSON.parse(line)) }),
    onRequest: (route, status, seconds) => {
      assert.ok(seconds >= 0 && seconds < 60);
      counted.push(`${route} ${status}`);
    },
    direct: {
      path: '/here',
      accepts: (headers) => headers['content-type'] === 'application/json',
      handle: async (request, response) => tagged('direct', await handle(request, response)),
    },
    routes: [
      (fastify) =>
        fastify.route({
          method: ['GET', 'POST', 'PUT'],
          url: '/here',
          handler: async ({ id, method, url, headers, body }, reply) =>
            sendAnswer(
              reply,
              tagged(
                'framework',
                await handle(
                  { id, method, url, headers, address: undefined, body: body as Buffer },
                  reply.raw,
                ),
              ),
            ),
        }),
    ],
  });
  open.push(server);
  return { server, counted, logged, address: await server.listen({ host: '127.0.0.1', port: 0 }) };
}

const tagged = (way: string, answer: Awaited<ReturnType<Handle>>) => ({
  ...answer,
  headers: new Map([...answer.headers, ['x-way', way]]),
});
const echo: Handle = async ({ method, url, body }) =>
  jsonAnswer(200, JSON.stringify({ method, url, body: body?.toString() ?? null }));
const wayOf = (response: Response) => response.headers.get('x-way');
const json = { 'content-type': 'application/json' };

describe('Plain POSTs go past the HTTP framework', () => {
  test('with a length, to the very path; everything else goes through it', async () => {
    const { address, counted } = await start(echo);
    const plain = await fetch(`${address}/here`, { method: 'POST', headers: json, body: '"ünï"' });
    assert.equal(wayOf(plain), 'direct');
    assert.equal(plain.headers.get('content-type'), 'application/json; charset=utf-8');
    assert.deepEqual(await plain.json(), { method: 'POST', url: '/here', body: '"ünï"' });

    const chunked = new ReadableStream({
      start(controller) {
        controller.enqueue(Buffer.from('"x"'));
        controller.close();
      },
    });
    const others: readonly [path: string, init: RequestInit][] = [
      ['/here', { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'x' }],
      ['/here', { method: 'POST', headers: json, body: chunked, duplex: 'half' } as RequestInit],
      ['/here/', { method: 'POST', headers: json, body: '"x"' }],
      ['/here?query=1', { method: 'POST', headers: json, body: '"x"' }],
      ['/here', { method: 'PUT', headers: json, body: '"x"' }],
      ['/here', { method: 'GET', headers: json }],
    ];
    for (const [path, init] of others) {
      const response = await fetch(address + path, init);
      assert.deepEqual([response.status, wayOf(response)], [200, 'framework'], `${init.method} ${path}`);
    }
    const head = await fetch(`${address}/here`, { method: 'HEAD' });
    assert.deepEqual([head.status, await head.text()], [200, '']);
    assert.equal((await fetch(`${address}/here`, { method: 'OPTIONS' })).status, 204);
    assert.equal((await fetch(`${address}/here`, { method: 'DELETE' })).status, 405);
    assert.equal((await fetch(`${address}/there`, { method: 'POST', headers: json, body: '1' })).status, 404);
    assert.deepEqual(counted, [...Array(8).fill('/here 200'), '/here 204', '/here 405', 'none 404']);
  });

  test('an empty body is answered, one that is too large is refused before it is read', async () => {
    const { address } = await start(echo);
    const empty = await fetch(`${address}/here`, { method: 'POST', headers: json, body: '' });
    assert.deepEqual(
      [wayOf(empty), await empty.json()],
      ['direct', { method: 'POST', url: '/here', body: '' }],
    );
    const connection = await openRaw(address);
    connection.socket.write(post('/here', 'x'.repeat(1_001)).slice(0, -1_001));
    const refusal = await connection.ended();
    assert.match(refusal, /^HTTP\/1\.1 413 /);
    assert.match(refusal, /"code":"BAD_USER_INPUT"/);
    assert.equal(
      (await fetch(`${address}/here`, { method: 'POST', headers: json, body: 'x'.repeat(1_000) })).status,
      200,
    );
  });

  test('errors are told as the framework’s error handler tells them, and counted and logged like them', async () => {
    const failing: Handle = async ({ body }) => {
      if (String(body) === '1') throw new DomainError('RATE_LIMITED', 'Wait.', { retryAfterMs: 1_500 });
      throw new Error('a secret of the inside');
    };
    const { address, counted, logged } = await start(failing);
    for (const body of ['1', '2']) {
      const [direct, framework] = await Promise.all(
        ['/here', '/here/'].map(async (path) => {
          const response = await fetch(address + path, { method: 'POST', headers: json, body });
          const text = await response.text();
          const [, requestId] = /"requestId":"([0-9a-f-]{36})"/.exec(text) ?? [];
          assert.ok(requestId, text);
          assert.doesNotMatch(text, /secret/);
          const headers = Object.fromEntries(response.headers);
          delete headers['date'];
          assert.equal(headers['x-request-id'], requestId);
          delete headers['x-request-id'];
          return { status: response.status, headers, text: text.replaceAll(requestId, 'id') };
        }),
      );
      assert.deepEqual(direct, framework);
    }
    assert.deepEqual([...counted].sort(), ['/here 429', '/here 429', '/here 500', '/here 500']);
    assert.equal(logged.length, 2, 'what was expected is not logged');
    for (const line of logged) assert.match(JSON.stringify(line), /a secret of the inside.*"requestId":"/);
  });
});

describe('A connection is Node’s', () => {
  test('it is kept, and what is sent ahead on it is answered in order', async () => {
    let waiting: (() => void) | undefined;
    const { address } = await start(async (request) => {
      if (String(request.body) === '"first"') await new Promise<void>((resolve) => (waiting = resolve));
      return echo(request, undefined as never);
    });
    const connection = await openRaw(address);
    connection.socket.write(
      post('/here', '"first"') +
        post('/here', '"second"') +
        post('/here/', '"third"') +
        post('/here', '"fourth"'),
    );
    while (!waiting) await new Promise((turn) => setImmediate(turn));
    assert.equal(connection.received(), '');
    waiting();
    const answers = await connection.until(/fourth/);
    assert.deepEqual(
      [...answers.matchAll(/x-way: (\w+)[^{]*\{.*?"body":"\\"(\w+)/gs)].map(([, way, body]) => [way, body]),
      [
        ['direct', 'first'],
        ['direct', 'second'],
        ['framework', 'third'],
        ['direct', 'fourth'],
      ],
    );
    assert.match(answers, /keep-alive/i);
    connection.socket.write(post('/here', '"fifth"', ['Connection: close']));
    assert.match(await connection.ended(), /fifth/);
  });

  test('a body that comes slowly, in the middle of a character, is read whole; one announced is asked for', async () => {
    const { address } = await start(echo);
    const connection = await openRaw(address);
    const bytes = Buffer.from(post('/here', '"grüße"'));
    const middle = bytes.indexOf(0xc3) + 1;
    for (const part of [bytes.subarray(0, 20), bytes.subarray(20, middle), bytes.subarray(middle)]) {
      connection.socket.write(part);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert.match(await connection.until(/\}$/), /"body":"\\"grüße\\""/);

    const [head = '', body = ''] = post('/here', '"later"', ['Expect: 100-continue']).split('\r\n\r\n');
    connection.socket.write(`${head}\r\n\r\n`);
    await connection.until(/100 Continue/);
    connection.socket.write(body);
    assert.match(await connection.until(/later/), /x-way: direct/);
    connection.socket.destroy();
  });

  test('a sender that gives up in the middle of its body is not answered, and harms nobody', async () => {
    let handled = 0;
    const { address, counted } = await start(async (...call) => {
      handled += 1;
      return echo(...call);
    });
    const connection = await openRaw(address);
    connection.socket.write(post('/here', '"half of it"').slice(0, -5));
    await new Promise((resolve) => setTimeout(resolve, 20));
    connection.socket.resetAndDestroy();
    await connection.ended();
    assert.equal((await fetch(`${address}/here`, { method: 'POST', headers: json, body: '1' })).status, 200);
    assert.deepEqual([handled, counted], [1, ['/here 200']]);
  });

  test('a caller that goes before the answer ends the work, and harms nobody', async () => {
    let ended: ((reason: unknown) => void) | undefined;
    const end = new Promise((resolve) => (ended = resolve));
    let isUnderWay = false;
    const { address, logged } = await start(async (request, response) => {
      if (String(request.body) === '1') return echo(request, response);
      isUnderWay = true;
      const deadline = createDeadline(response, 60_000);
      deadline.signal.addEventListener('abort', () => ended?.(deadline.signal.reason));
      return deadline.race(new Promise<never>(() => {})).finally(deadline.clear);
    });
    const connection = await openRaw(address);
    connection.socket.write(post('/here', '"wait"'));
    while (!isUnderWay) await new Promise((turn) => setImmediate(turn));
    connection.socket.resetAndDestroy();
    assert.match(String(await end), /closed the connection/);
    assert.equal((await fetch(`${address}/here`, { method: 'POST', headers: json, body: '1' })).status, 200);
    assert.deepEqual(logged, []);
  });

  test('while the server closes, what is under way is answered on a connection that then ends', async () => {
    let waiting: (() => void) | undefined;
    const { address, server } = await start(async (request, response) => {
      if (String(request.body) === '"wait"') await new Promise<void>((resolve) => (waiting = resolve));
      return echo(request, response);
    });
    const [busy, idle] = [await openRaw(address), await openRaw(address)];
    idle.socket.write(post('/here', '"answered"'));
    await idle.until(/answered/);
    busy.socket.write(post('/here', '"wait"'));
    while (!waiting) await new Promise((turn) => setImmediate(turn));
    const closed = server.close();
    await idle.ended();
    await assert.rejects(openRaw(address), /ECONNREFUSED/);
    waiting();
    assert.match(await busy.ended(), /^HTTP\/1\.1 200 OK[\s\S]*connection: close[\s\S]*wait/i);
    await closed;
  });
});

describe('A deadline', () => {
  test('loses to work that is done, wins over work that is not, and says why', async () => {
    const { address } = await start(async ({ body }, response) => {
      const deadline = createDeadline(response, 30);
      const work = new Promise((resolve) => setTimeout(resolve, Number(body), 'done'));
      const outcome = await deadline.race(work).catch((error: unknown) => error);
      deadline.clear();
      return jsonAnswer(
        200,
        JSON.stringify({
          outcome: String(outcome),
          aborted: deadline.signal.aborted,
          same: outcome === deadline.signal.reason,
        }),
      );
    });
    const ask = async (ms: number) =>
      (await fetch(`${address}/here`, { method: 'POST', headers: json, body: String(ms) })).json();
    assert.deepEqual(await ask(0), { outcome: 'done', aborted: false, same: false });
    const late = (await ask(2_000)) as { outcome: string };
    assert.match(late.outcome, /took longer than 30 ms/);
    assert.deepEqual({ ...late, outcome: '' }, { outcome: '', aborted: true, same: true });
  });

  test('that has passed before the work is waited for ends the wait at once', async () => {
    const { address } = await start(async (_request, response) => {
      const deadline = createDeadline(response, 5);
      await once(deadline.signal, 'abort');
      return deadline.race(new Promise<never>(() => {}));
    });
    const response = await fetch(`${address}/here`, { method: 'POST', headers: json, body: '1' });
    assert.equal(response.status, 504);
  });
});
