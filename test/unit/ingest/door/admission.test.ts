import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { Agent, createServer, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { createRandom } from '../../../../src/demo/random.ts';
import { type AdmissionLimits, createAdmission } from '../../../../src/ingest/door/admission.ts';

class Response extends EventEmitter {
  destroyed = false;
}
const LIMITS: AdmissionLimits = { maxBytes: 100, minBytes: 10, maxWaitMs: 60_000 };

/** Requests by name, each with its response, and which of them were let in or sent away so far. */
function open(limits: Partial<AdmissionLimits> = {}) {
  const admit = createAdmission({ ...LIMITS, ...limits });
  const responses = new Map<string, Response>();
  const entered: string[] = [];
  const refused: string[] = [];
  return {
    entered,
    refused,
    come(name: string, bytes: number) {
      const response = new Response();
      responses.set(name, response);
      return admit(bytes, response as unknown as ServerResponse).then(
        () => entered.push(name),
        (error: { code: string; retryAfterMs?: number }) => {
          assert.equal(error.code, 'BACKEND_UNAVAILABLE');
          assert.ok((error.retryAfterMs ?? 0) > 0);
          refused.push(name);
        },
      );
    },
    async end(name: string) {
      responses.get(name)?.emit('close');
      await turn();
    },
  };
}

describe('requests that are handled at once', () => {
  test('are as many as their bytes allow, and the others come in as they came', async () => {
    const { come, end, entered } = open();
    for (const [name, bytes] of [
      ['a', 60],
      ['b', 30],
      ['c', 40],
      ['d', 5],
    ] as const)
      void come(name, bytes);
    await turn();
    assert.deepEqual(entered, ['a', 'b'], 'd would fit, but c was there first');
    await end('b');
    assert.deepEqual(entered, ['a', 'b', 'c']);
    await end('a');
    assert.deepEqual(entered, ['a', 'b', 'c', 'd']);
    for (const name of ['c', 'd']) await end(name);
  });

  test('a request that is larger than all may be comes in alone, and small ones count for something', async () => {
    const { come, end, entered } = open();
    void come('huge', 1_000);
    for (let n = 0; n < 11; n += 1) void come(`small-${n}`, 0);
    await turn();
    assert.deepEqual(entered, ['huge']);
    await end('huge');
    assert.equal(entered.length, 11, 'ten small ones');
  });

  test('who waits too long is told to come later, and who has gone holds up nobody', async () => {
    const { come, end, entered, refused } = open({ maxWaitMs: 20 });
    void come('a', 100);
    await come('late', 50);
    assert.deepEqual(refused, ['late']);
    const gone = come('gone', 100);
    void come('next', 50);
    await end('gone');
    await gone;
    await end('a');
    assert.deepEqual(entered, ['a', 'next']);
    await end('next');
    void come('again', 100);
    await turn();
    assert.deepEqual(entered, ['a', 'next', 'again'], 'every place is free again');
    await end('again');
  });

  test('places come back whatever clients do: answered, gone while they are handled, while they wait, or before', async () => {
    const admit = createAdmission({ ...LIMITS, maxBytes: 50 });
    const random = createRandom(7);
    let answered = 0;
    const server = createServer(async (incoming, response) => {
      const late = random.between(0, 8);
      try {
        for await (const _ of incoming);
        await sleep(late);
        await admit(10, response);
        await sleep(late);
        response.end('done');
      } catch {
        response.destroy();
      }
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const agent = new Agent({ keepAlive: true, maxSockets: 40 });
    const call = (patience: number | undefined): Promise<void> =>
      new Promise((resolve) => {
        const outgoing = request({ host: '127.0.0.1', port, method: 'POST', agent }, (incoming) => {
          incoming.resume().on('end', () => {
            answered += 1;
          });
        });
        outgoing.on('error', () => {}).on('close', resolve);
        outgoing.end('{}');
        if (patience !== undefined) setTimeout(() => outgoing.destroy(), patience);
      });
    await Promise.all(
      Array.from({ length: 400 }, () => call(random.chance(0.5) ? random.between(0, 30) : undefined)),
    );
    assert.ok(answered >= 100, `${answered} were answered`);
    // As large as all may be: it comes in when every place is free.
    await admit(50, new Response() as unknown as ServerResponse);
    agent.destroy();
    server.close();
  });
});
