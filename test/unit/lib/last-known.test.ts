import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { lastKnown } from '../../../src/lib/last-known.ts';

describe('what a store said', () => {
  const open = (ttlMs: number) => {
    const state = { asked: 0, fails: false, hangs: false };
    const memory = lastKnown<string, string>({
      max: 10,
      ttlMs,
      async load(key) {
        state.asked += 1;
        if (state.hangs) await new Promise(() => {});
        if (state.fails) throw new Error('away');
        return `${key} ${state.asked}`;
      },
    });
    return { memory, state };
  };

  test('is asked once by all who ask at the same time, and remembered for a while', async () => {
    const { memory, state } = open(60_000);
    assert.deepEqual(await Promise.all([memory.get('a'), memory.get('a')]), ['a 1', 'a 1']);
    assert.equal(await memory.get('a'), 'a 1');
    assert.equal(state.asked, 1);
    memory.forget('a');
    assert.equal(await memory.get('a'), 'a 2');
    assert.equal(await memory.renew('a'), 'a 3');
    assert.equal(await memory.get('a'), 'a 3');
  });

  test('holds on while the store fails or hangs, and is renewed when it is back', async () => {
    const { memory, state } = open(0);
    assert.equal(await memory.get('a'), 'a 1');
    state.fails = true;
    assert.equal(await memory.get('a'), 'a 1');
    await assert.rejects(memory.renew('a'), /away/);
    state.fails = false;
    assert.equal(await memory.get('a'), 'a 4');
    state.hangs = true;
    assert.equal(await memory.get('a'), 'a 4');
  });

  test('of what was never asked before, a failure is a failure', async () => {
    const { memory, state } = open(0);
    state.fails = true;
    await assert.rejects(memory.get('b'), /away/);
  });
});
