import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { engine, engineSkip } from '../../../test/support/engines.ts';
import { type AvaticaClient, openAvatica } from '../src/client.ts';
import type { AvaticaError } from '../src/protocol/errors.ts';
import * as requests from '../src/protocol/requests.ts';
import { type Channel, openChannel } from '../src/transport/channel.ts';
import { rpc } from '../src/transport/rpc.ts';
import { decodeRequest } from './proto.ts';
import { type Fault, startProxy, type TcpProxy } from './proxy.ts';
import { openSchema, openSockets, type TestSchema, until } from './support.ts';

const unavailable = { name: 'AvaticaError', code: 'UNAVAILABLE', retryable: true };

describe('Avatica client under faults', { skip: engineSkip('phoenix') }, () => {
  let schema: TestSchema;
  let proxy: TcpProxy;
  /** One connection, so that what a fault left behind meets the next call. */
  let client: AvaticaClient;
  let aside: Channel;
  let counters: string;
  let key = 0;

  before(async () => {
    schema = await openSchema({ url: engine('phoenix'), connections: 1 });
    counters = await schema.table('K BIGINT NOT NULL PRIMARY KEY, N BIGINT');
    proxy = await startProxy(engine('phoenix'));
    client = openAvatica({ url: proxy.url, connections: 1, timeoutMs: 20_000 });
    aside = openChannel({ url: engine('phoenix') });
  });
  after(async () => {
    await client?.close();
    await proxy?.close();
    aside?.destroy();
    await schema?.drop();
  });
  beforeEach(async () => {
    key += 10;
    // Both statements prepared, the connection verified, nothing left to do aside.
    await count(0);
    await bump(client, -1);
    proxy.seen.length = 0;
  });

  /** A write whose repetition shows. */
  const increment = () => `UPSERT INTO ${counters} (K, N) VALUES (?, 1) ON DUPLICATE KEY UPDATE N = N + 1`;
  const bump = (on: AvaticaClient, one: number) => on.query(increment(), [one]);
  const select = () => `SELECT N FROM ${counters} WHERE K = ?`;
  /** How often a key was written, by a client that knows of no fault. */
  const written = async (one: number): Promise<number> =>
    (await schema.client.query<{ N: number }>(select(), [one])).rows[0]?.N ?? 0;
  /** The same through the faults. */
  const count = async (one: number): Promise<number> =>
    (await client.query<{ N: number }>(select(), [one])).rows[0]?.N ?? 0;

  const LOSSES: readonly { fault: Fault; done: 0 | 1 }[] = [
    { fault: 'close-before', done: 0 },
    { fault: 'close-after', done: 1 },
    { fault: 'half-answer', done: 1 },
    { fault: 'html-500', done: 0 },
    { fault: 'html-500-after', done: 1 },
  ];

  for (const { fault, done } of LOSSES) {
    test(`a write that meets ${fault} is refused, and never sent again`, async () => {
      proxy.inject('ExecuteRequest', fault);
      await assert.rejects(bump(client, key), unavailable);
      assert.equal(proxy.count('ExecuteRequest'), 1);
      assert.equal(await written(key), done);
      await bump(client, key);
      assert.equal(await written(key), done + 1);
    });

    test(`a batch that meets ${fault} is refused, and never sent again`, async () => {
      await client.batch(increment(), [[-1]]);
      proxy.inject('ExecuteBatchRequest', fault);
      await assert.rejects(client.batch(increment(), [[key], [key + 1]]), unavailable);
      assert.equal(proxy.count('ExecuteBatchRequest'), 2);
      for (const one of [key, key + 1]) assert.equal(await written(one), done);
      assert.deepEqual(await client.batch(increment(), [[key], [key + 1]]), [1, 1]);
      for (const one of [key, key + 1]) assert.equal(await written(one), done + 1);
    });

    test(`a read that meets ${fault} is run again, once`, async () => {
      await bump(client, key);
      proxy.seen.length = 0;
      proxy.inject('ExecuteRequest', fault);
      assert.equal(await count(key), 1);
      assert.equal(proxy.count('ExecuteRequest'), 2);
      proxy.inject('ExecuteRequest', fault, 2);
      await assert.rejects(count(key), unavailable);
      assert.equal(proxy.count('ExecuteRequest'), 4);
      assert.equal(await count(key), 1);
    });

    for (const step of ['PrepareRequest', 'OpenConnectionRequest', 'ConnectionSyncRequest'])
      test(`a write whose ${step} meets ${fault} is written once, for nothing was sent yet`, async () => {
        const fresh = openAvatica({ url: proxy.url, connections: 1, timeoutMs: 20_000 });
        try {
          proxy.inject(step, fault);
          await bump(fresh, key);
          assert.equal(proxy.count('ExecuteRequest'), 1);
          assert.equal(await written(key), 1);
        } finally {
          await fresh.close();
        }
      });
  }

  test('a black hole ends in a time-out, and the connection is free for the next call', async () => {
    for (const name of ['ExecuteRequest', 'ExecuteBatchRequest']) {
      await client.batch(increment(), [[-1]]);
      proxy.inject(name, 'black-hole');
      const call =
        name === 'ExecuteRequest'
          ? client.query(increment(), [key], { timeoutMs: 100 })
          : client.batch(increment(), [[key]], { timeoutMs: 100 });
      await assert.rejects(call, { code: 'TIMEOUT', retryable: true });
      assert.equal(await written(key), 0);
      assert.equal(await count(-5), 0);
    }
  });

  test('a call that waits for a connection times out too, and those behind it are served in order', async () => {
    proxy.inject('ExecuteRequest', 'black-hole');
    const order: string[] = [];
    const held = client.query(select(), [key], { timeoutMs: 500 }).catch(() => order.push('held'));
    const waiting = client.query(select(), [key], { timeoutMs: 50 }).catch((error: unknown) => {
      assert.equal((error as AvaticaError).code, 'TIMEOUT');
      order.push('waiting');
    });
    const later = [1, 2, 3].map((one) =>
      client.query(select(), [key]).then(() => order.push(`later ${one}`)),
    );
    await Promise.all([held, waiting, ...later]);
    assert.deepEqual(order, ['waiting', 'held', 'later 1', 'later 2', 'later 3']);
  });

  test('an aborted call rejects with its reason, at once, also while it waits for a connection', async () => {
    proxy.inject('ExecuteRequest', 'black-hole');
    const reason = new Error('Enough.');
    const first = new AbortController();
    const second = new AbortController();
    const running = client.query(increment(), [key], { signal: first.signal });
    const waiting = client.query(increment(), [key], { signal: second.signal });
    await until('the request is under way', () => proxy.count('ExecuteRequest') === 1);
    second.abort(reason);
    await assert.rejects(waiting, (error) => error === reason);
    first.abort();
    await assert.rejects(running, { name: 'AbortError' });
    await assert.rejects(client.query(increment(), [key], { signal: AbortSignal.abort(reason) }), reason);
    assert.equal(proxy.count('ExecuteRequest'), 1);
    assert.equal(await written(key), 0);
    assert.equal(await count(key), 0);
  });

  test('an idle TCP connection that was closed costs a question, not a write', async () => {
    const before = openSockets();
    proxy.dropClients();
    await until('both ends are closed', () => openSockets() < before - 1);
    await bump(client, key);
    assert.deepEqual(proxy.seen, ['ConnectionSyncRequest', 'ExecuteRequest']);
    assert.equal(await written(key), 1);
  });

  test('while nobody listens calls fail at once, and the first one after that works', async () => {
    await proxy.close();
    await until('the client noticed', async () => {
      const error: unknown = await bump(client, key).catch((failure: unknown) => failure);
      assert.equal((error as AvaticaError).code, 'UNAVAILABLE');
      assert.doesNotMatch((error as AvaticaError).message, /127\.0\.0\.1|UPSERT|ECONN/);
      return /ECONNREFUSED/.test(String((error as AvaticaError).cause));
    });
    await proxy.listen();
    await bump(client, key);
    assert.equal(await written(key), 1);
  });

  /** The handle of the last execute. */
  const handle = (): { connection_id: string; id: number } => {
    const { statementHandle } = decodeRequest(proxy.last.get('ExecuteRequest') ?? Buffer.alloc(0)).message;
    return statementHandle as { connection_id: string; id: number };
  };
  const forget = async (request: Uint8Array): Promise<void> => {
    const reply = await rpc(aside, request, 'none', { dial: true, signal: AbortSignal.timeout(10_000) });
    assert.equal(reply.is, 'lost', 'the server answered otherwise than with an error');
  };

  test('a statement that the server lost is prepared again, and the write is done once', async () => {
    await bump(client, key);
    const { connection_id, id } = handle();
    await forget(requests.closeStatement(connection_id, id));
    proxy.seen.length = 0;
    await bump(client, key);
    assert.deepEqual(proxy.seen, ['ExecuteRequest', 'PrepareRequest', 'ExecuteRequest']);
    assert.equal(await written(key), 2);
  });

  test('a statement that the server lost before a batch, of which it says nothing, is prepared again', async () => {
    await client.batch(increment(), [[key]]);
    const { connection_id, statement_id } = decodeRequest(
      proxy.last.get('ExecuteBatchRequest') ?? Buffer.alloc(0),
    ).message;
    await forget(requests.closeStatement(String(connection_id), Number(statement_id)));
    proxy.seen.length = 0;
    assert.deepEqual(await client.batch(increment(), [[key], [key + 1]]), [1, 1]);
    assert.deepEqual(proxy.seen, ['ExecuteBatchRequest', 'PrepareRequest', 'ExecuteBatchRequest']);
    assert.deepEqual([await written(key), await written(key + 1)], [2, 1]);
  });

  test('a connection that the server closed meanwhile: reads go on, a write is refused and not repeated', async () => {
    assert.equal(await count(key), 0);
    await forget(requests.closeConnection(handle().connection_id));
    assert.equal(await count(key), 0);
    await bump(client, key);
    await forget(requests.closeConnection(handle().connection_id));
    await assert.rejects(bump(client, key), unavailable);
    assert.equal(await written(key), 1);
    await bump(client, key);
    assert.equal(await written(key), 2);
  });

  test('a connection that the server lost with all its statements is opened again, and the write is done once', async () => {
    await bump(client, key);
    const { connection_id, id } = handle();
    await count(key);
    const other = handle().id;
    for (const statement of [id, other]) await forget(requests.closeStatement(connection_id, statement));
    await forget(requests.closeConnection(connection_id));
    await bump(client, key);
    assert.equal(await written(key), 2);
  });

  test('a batch that fails leaves nothing behind that a later call would commit', async () => {
    const strict = await schema.table('K BIGINT NOT NULL PRIMARY KEY, V CHAR(3)');
    const upsert = `UPSERT INTO ${strict} (K, V) VALUES (?, ?)`;
    await assert.rejects(
      client.batch(upsert, [
        [1, 'abc'],
        [2, 'too long'],
      ]),
      { code: 'STATEMENT_REFUSED' },
    );
    assert.deepEqual(await client.batch(upsert, [[3, 'abc']]), [1]);
    await client.query(upsert, [4, 'abc']);
    const { rows } = await schema.client.query(`SELECT K FROM ${strict}`);
    assert.deepEqual(rows, [{ K: 3 }, { K: 4 }]);
  });

  test('a result set that is lost midway: a query starts over, a stream says so', async () => {
    const many = await schema.table('K BIGINT NOT NULL PRIMARY KEY');
    await schema.client.batch(
      `UPSERT INTO ${many} (K) VALUES (?)`,
      Array.from({ length: 500 }, (_, index) => [index]),
    );
    const text = `SELECT K FROM ${many} ORDER BY K`;
    const expected = Array.from({ length: 500 }, (_, K) => ({ K }));
    for (const fault of ['close-before', 'close-after', 'half-answer', 'html-500'] as const) {
      proxy.inject('FetchRequest', fault);
      assert.deepEqual((await client.query(text)).rows, expected);

      proxy.inject('FetchRequest', fault);
      const given: unknown[] = [];
      await assert.rejects(async () => {
        for await (const rows of client.stream(text)) given.push(...rows);
      }, unavailable);
      assert.deepEqual(given, expected.slice(0, given.length));
    }
    // Lost by the server, while the consumer was busy.
    const frames = client.stream(text, [], { fetchSize: 50 })[Symbol.asyncIterator]();
    await frames.next();
    await forget(requests.closeStatement(handle().connection_id, handle().id));
    await assert.rejects(frames.next(), unavailable);
    assert.equal(await count(key), 0);
  });

  test('a stream goes on when its TCP connection was closed while the consumer was busy', async () => {
    const many = await schema.table('K BIGINT NOT NULL PRIMARY KEY');
    await schema.client.batch(
      `UPSERT INTO ${many} (K) VALUES (?)`,
      Array.from({ length: 300 }, (_, index) => [index]),
    );
    const given: unknown[] = [];
    for await (const rows of client.stream(`SELECT K FROM ${many} ORDER BY K`, [], { fetchSize: 60 })) {
      given.push(...rows);
      const before = openSockets();
      proxy.dropClients();
      await until('both ends are closed', () => openSockets() < before - 1);
    }
    assert.deepEqual(
      given,
      Array.from({ length: 300 }, (_, K) => ({ K })),
    );
  });

  test('a stream that is left, or whose caller gives up, closes its statement and frees its connection', async () => {
    const many = await schema.table('K BIGINT NOT NULL PRIMARY KEY');
    await schema.client.batch(
      `UPSERT INTO ${many} (K) VALUES (?)`,
      Array.from({ length: 300 }, (_, index) => [index]),
    );
    proxy.seen.length = 0;
    for await (const rows of client.stream(`SELECT K FROM ${many}`)) {
      assert.equal(rows.length, 100);
      break;
    }
    assert.equal(await count(key), 0);
    assert.deepEqual(proxy.seen.slice(0, 3), ['PrepareRequest', 'ExecuteRequest', 'CloseStatementRequest']);
    assert.equal(proxy.count('FetchRequest'), 0);

    const caller = new AbortController();
    const reason = new Error('The caller has gone.');
    await assert.rejects(async () => {
      for await (const _ of client.stream(`SELECT K FROM ${many}`, [], { signal: caller.signal }))
        caller.abort(reason);
    }, reason);
    assert.equal(proxy.count('FetchRequest'), 0);
    assert.equal(await count(key), 0);
    await until('the connection is closed aside', () => proxy.count('CloseConnectionRequest') === 1);
  });
});
