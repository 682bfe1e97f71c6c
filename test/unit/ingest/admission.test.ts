import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { type AdmissionLimits, createAdmission } from '../../../src/ingest/admission.ts';

const LIMITS: AdmissionLimits = { maxBytes: 100, minBytes: 10, maxWaitMs: 60_000 };

/** Requests by name, each with its response, and which of them were let in or sent away so far. */
function open(limits: Partial<AdmissionLimits> = {}) {
  const admit = createAdmission({ ...LIMITS, ...limits });
  const responses = new Map<string, EventEmitter>();
  const entered: string[] = [];
  const refused: string[] = [];
  return {
    entered,
    refused,
    come(name: string, bytes: number) {
      const response = new EventEmitter();
      responses.set(name, response);
      return admit(bytes, response).then(
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
});
