import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readAll } from '../src/session/operations.ts';
import { createSession } from '../src/session/session.ts';
import type { Channel, Outcome } from '../src/transport/channel.ts';
import { decodeRequest, encodeAnswer, type Message } from './proto.ts';

const { signal } = new AbortController();
const ANSWERS: Readonly<Record<string, readonly [string, Message]>> = {
  OpenConnectionRequest: ['OpenConnectionResponse', {}],
  ConnectionSyncRequest: ['ConnectionSyncResponse', {}],
  CloseStatementRequest: ['CloseStatementResponse', {}],
  PrepareRequest: ['PrepareResponse', { statement: { id: 1, signature: {} } }],
  ExecuteRequest: ['ExecuteResponse', { results: [{ update_count: 1 }] }],
};
const answered = (name: string, message: Message): Outcome => ({
  is: 'answered',
  status: 200,
  body: encodeAnswer(name, message),
});

/** A channel whose answers are given; `seen` are the names of the requests. @param instead may answer otherwise */
function scripted(
  instead: (name: string, message: Message, dial: boolean) => Outcome | undefined = () => undefined,
) {
  const seen: string[] = [];
  const channel: Channel = {
    async post(bytes, { dial }) {
      const { name, message } = decodeRequest(bytes);
      seen.push(name);
      return instead(name, message, dial) ?? answered(...(ANSWERS[name] ?? assert.fail(name)));
    },
    destroy() {},
  };
  return { channel, seen };
}

const UPSERT = 'UPSERT INTO T VALUES (1)';

test('a connection that only runs statements is touched before the server takes it for idle', async () => {
  const { channel, seen } = scripted();
  let now = 0;
  const session = createSession(
    channel,
    {},
    () => {},
    () => now,
  );
  const run = async (): Promise<string[]> => {
    seen.length = 0;
    const result = await session.run(UPSERT, (use) => readAll(use, []), signal);
    assert.equal(result.is, 'done');
    return [...seen];
  };
  assert.deepEqual(await run(), [
    'OpenConnectionRequest',
    'ConnectionSyncRequest',
    'PrepareRequest',
    'ExecuteRequest',
  ]);
  let untouched = 0;
  for (let minute = 0; minute < 60; minute++) {
    now += 60_000;
    untouched = (await run()).includes('ConnectionSyncRequest') ? 0 : untouched + 1;
    // The server's limit is 10 minutes.
    assert.ok(untouched < 5);
  }
  now += 3_600_000;
  assert.deepEqual(await run(), ['ConnectionSyncRequest', 'ExecuteRequest']);
});

test('only opening and verifying may make a TCP connection: statements stay on the verified one', async () => {
  const dialled = new Map<string, boolean>();
  const { channel } = scripted((name, _message, dial) => {
    dialled.set(name, dial);
    return undefined;
  });
  const session = createSession(channel, {}, () => {});
  await session.run('CREATE TABLE T (K INTEGER)', (use) => readAll(use, []), signal);
  await session.tidy();
  assert.deepEqual(
    [...dialled],
    [
      ['OpenConnectionRequest', true],
      ['ConnectionSyncRequest', true],
      ['PrepareRequest', false],
      ['ExecuteRequest', false],
      ['CloseStatementRequest', false],
    ],
  );
});

test('a server that forgets everything at once is not asked for ever', async () => {
  const { channel, seen } = scripted((name) =>
    name === 'ExecuteRequest' ? answered('ExecuteResponse', { missing_statement: true }) : undefined,
  );
  const session = createSession(channel, {}, () => {});
  const result = await session.run(UPSERT, (use) => readAll(use, []), signal);
  assert.equal(result.is, 'lost');
  assert.ok(seen.filter((name) => name === 'ExecuteRequest').length <= 5);
});

test('a connection whose opening got no answer is left to be closed, and another id is opened', async () => {
  const ids: unknown[] = [];
  let lost = 1;
  const { channel } = scripted((name, message) => {
    if (name !== 'OpenConnectionRequest') return undefined;
    ids.push(message['connection_id']);
    return lost-- > 0 ? { is: 'lost', cause: new Error('gone') } : undefined;
  });
  const orphans: string[] = [];
  const session = createSession(channel, {}, (id) => orphans.push(id));
  const result = await session.run(UPSERT, (use) => readAll(use, []), signal);
  assert.equal(result.is, 'done');
  assert.equal(new Set(ids).size, 2);
  assert.deepEqual(orphans, [ids[0]]);
  session.abandon();
  assert.deepEqual(orphans, ids);
});

test('an id whose opening nobody waited for is not opened again: the server may have it', async () => {
  const ids = new Set<unknown>();
  const { channel } = scripted((name, message) => {
    if (name !== 'OpenConnectionRequest') return undefined;
    const id = message['connection_id'];
    if (!ids.has(id)) {
      ids.add(id);
      // As a channel does when its caller's time is up before the server answers.
      if (ids.size === 1) throw new Error('out of time');
      return undefined;
    }
    return answered('ErrorResponse', { error_message: `Connection already exists: ${id}` });
  });
  const orphans: string[] = [];
  const session = createSession(channel, {}, (id) => orphans.push(id));
  const run = () => session.run(UPSERT, (use) => readAll(use, []), signal);
  await assert.rejects(run(), /out of time/);
  // What a pool does with a session whose call failed.
  session.abandon();
  assert.deepEqual(orphans, [...ids]);
  assert.equal((await run()).is, 'done');
});
