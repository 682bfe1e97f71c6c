// Frames of a real Phoenix Query Server 6.0.0 (Phoenix 5.2.0, HBase 2.5.10), replayed. Recorded by this test itself:
//   JOURNEYGRAPH_RECORD=1 JOURNEYGRAPH_TEST_PQS=http://127.0.0.1:8765 node --test packages/avatica/test/recorded.test.ts
// which runs the conversation below against the server and writes recorded.json: each request as it was posted and
// each answer as it came, in base64.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { engine } from '../../../test/support/engines.ts';
import { isMissingConnection } from '../src/protocol/errors.ts';
import * as requests from '../src/protocol/requests.ts';
import type { AvaticaValue } from '../src/protocol/values.ts';
import { begin, fetchFrame, readAll, runBatch } from '../src/session/operations.ts';
import { type Attempt, createSession, type Use } from '../src/session/session.ts';
import { type Channel, openChannel } from '../src/transport/channel.ts';
import { rpc } from '../src/transport/rpc.ts';
import { decodeRequest } from './proto.ts';

type Exchange = { readonly request: string; readonly status: number; readonly answer: string };
const file = join(import.meta.dirname, 'recorded.json');

const COLUMNS = [
  'K BIGINT NOT NULL PRIMARY KEY',
  'I INTEGER',
  'UL UNSIGNED_LONG',
  'D DECIMAL(38,10)',
  'DO DOUBLE',
  'B BOOLEAN',
  'V VARCHAR',
  'C CHAR(3)',
  'VB VARBINARY',
  'TS TIMESTAMP',
  'DA DATE',
  'TI TIME',
  'VA VARCHAR ARRAY',
  'BA BIGINT ARRAY',
  'DAA DATE ARRAY',
];
const ROWS: readonly (readonly AvaticaValue[])[] = [
  [
    -(2n ** 63n),
    -(2 ** 31),
    2n ** 63n - 1n,
    '-9999999999999999999999999999.9999999999',
    0.1,
    true,
    'ä€𝄞',
    'abc',
    new Uint8Array([0, 255, 128]),
    new Date('1945-06-01T12:34:56.789Z'),
    new Date('1945-06-01'),
    86_399_999,
    ['a', null, 'ü'],
    [1, 2n ** 62n],
    [new Date('1945-06-01'), new Date('2100-01-01')],
  ],
  [5, ...COLUMNS.slice(1).map(() => null)],
  [
    2n ** 63n - 1n,
    0,
    0,
    '100',
    -1.5e300,
    false,
    'x'.repeat(300),
    'z',
    new Uint8Array(200).fill(9),
    new Date('2100-07-01T00:00:00.999Z'),
    new Date('2100-07-01'),
    0,
    ['x'],
    [0],
    [new Date(0)],
  ],
];
const INSERT = `UPSERT INTO RECORDED.T (${COLUMNS.map((one) => one.split(' ')[0]).join(', ')}) VALUES (${COLUMNS.map(() => '?').join(', ')})`;

/** The conversation, and its expected outcome. */
async function converse(channel: Channel): Promise<void> {
  const orphans: string[] = [];
  const session = createSession(channel, { 'phoenix.query.timeoutMs': '60000' }, (id) => orphans.push(id));
  const { signal } = new AbortController();
  const run = async <T>(text: string, operate: (use: Use) => Promise<Attempt<T>>): Promise<T> => {
    const result = await session.run(text, (use) => operate({ ...use, utc: true }), signal);
    await session.tidy();
    assert.equal(result.is, 'done', inspect(result));
    return result.is === 'done' ? result.value : assert.fail();
  };
  const query = (text: string, values: readonly AvaticaValue[] = []) =>
    run(text, (use) => readAll(use, values));

  assert.deepEqual(await query('CREATE SCHEMA IF NOT EXISTS RECORDED'), { rows: [], updateCount: 0 });
  await query(`CREATE TABLE RECORDED.T (${COLUMNS.join(', ')})`);
  try {
    assert.deepEqual(await run(INSERT, (use) => runBatch(use, ROWS)), [1, 1, 1]);
    const { rows } = await query('SELECT * FROM RECORDED.T');
    assert.deepEqual(
      rows.map((row) => Object.values(row)),
      ROWS,
    );
    assert.deepEqual(
      Object.keys(rows[0] ?? {}),
      COLUMNS.map((one) => one.split(' ')[0]),
    );
    const found = await query('SELECT V FROM RECORDED.T WHERE TS = ? AND D = ? AND VB = ?', [
      new Date('2100-07-01T00:00:00.999Z'),
      '100',
      new Uint8Array(200).fill(9),
    ]);
    assert.deepEqual(found.rows, [{ V: 'x'.repeat(300) }]);
    assert.deepEqual(await query('DELETE FROM RECORDED.T WHERE K > ?', [-5]), { rows: [], updateCount: 2 });

    // Frames.
    await run('UPSERT INTO RECORDED.T (K) VALUES (?)', (use) =>
      runBatch(
        use,
        Array.from({ length: 250 }, (_, index) => [index]),
      ),
    );
    const sizes = await run('SELECT K FROM RECORDED.T WHERE K >= 0', async (use) => {
      const first = await begin(use, [], 100);
      assert.equal(first.is, 'done');
      if (first.is !== 'done') return first;
      const frames = [first.value.frame];
      for (const offset of [100, 200]) {
        const next = await fetchFrame(use, first.value.columns, offset, 100);
        assert.equal(next.is, 'done');
        if (next.is === 'done') frames.push(next.value);
      }
      return { is: 'done', value: frames.map((frame) => [frame?.rows.length, frame?.done]) };
    });
    assert.deepEqual(sizes, [
      [100, false],
      [100, false],
      [50, true],
    ]);

    // Refusals, and what the server says when it has lost something.
    const wrong = await session.run('SELECT NOTHING FROM RECORDED.T', (use) => readAll(use, []), signal);
    assert.equal(wrong.is, 'refused');
    if (wrong.is === 'refused') assert.match(wrong.error.message, /ERROR 504 \(42703\).*NOTHING/);
    const unknown = await run('SELECT K FROM RECORDED.T WHERE K = 7', async (use) => {
      const prepared = { ...use.prepared, statementId: 2 ** 31 - 1 };
      const executed = await begin({ ...use, prepared }, [], 100);
      const batched = await runBatch({ ...use, prepared }, [[], []]);
      const fetched = await fetchFrame({ ...use, prepared }, [], 0, 100);
      const unrun = await fetchFrame(use, [], 0, 100);
      return { is: 'done', value: [executed, batched, fetched, unrun].map(({ is }) => is) };
    });
    assert.deepEqual(unknown, ['again', 'again', 'again', 'again']);
    const stranger = requests.prepare('unknown', 'SELECT 1');
    const reply = await rpc(channel, stranger, 'PrepareResponse', { dial: true, signal });
    assert.equal(reply.is, 'refused');
    if (reply.is === 'refused') assert.ok(isMissingConnection(reply.error));
  } finally {
    await query('DROP TABLE RECORDED.T');
    await query('DROP SCHEMA RECORDED');
  }
  assert.deepEqual(orphans, []);
}

/** A request with its random part left out. */
const comparable = (message: Uint8Array): string =>
  JSON.stringify(decodeRequest(message), (key, value) =>
    key === 'connection_id' ? 'ID' : typeof value === 'bigint' ? `${value}n` : value,
  );

if (process.env['JOURNEYGRAPH_RECORD'])
  test('a conversation with the real server', async () => {
    const exchanges: Exchange[] = [];
    const channel = openChannel({ url: engine('phoenix') });
    await converse({
      async post(message, options) {
        const outcome = await channel.post(message, options);
        if (outcome.is === 'answered')
          exchanges.push({
            request: Buffer.from(message).toString('base64'),
            status: outcome.status,
            answer: Buffer.from(outcome.body).toString('base64'),
          });
        return outcome;
      },
      destroy: () => channel.destroy(),
    }).finally(() => channel.destroy());
    await writeFile(file, `${JSON.stringify(exchanges, null, 1)}\n`);
  });

test('a conversation recorded from a real server: the same requests are sent, the answers read as they were meant', async () => {
  const exchanges = JSON.parse(await readFile(file, 'utf8')) as Exchange[];
  let next = 0;
  await converse({
    async post(message) {
      const exchange = exchanges[next++] ?? assert.fail('more requests than were recorded');
      assert.equal(comparable(message), comparable(Buffer.from(exchange.request, 'base64')));
      return { is: 'answered', status: exchange.status, body: Buffer.from(exchange.answer, 'base64') };
    },
    destroy() {},
  });
  assert.equal(next, exchanges.length);
});
