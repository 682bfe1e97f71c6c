import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { groupCalls } from '../../../src/datasources/grouped-calls.ts';
import { type Tenant, verifyTenant } from '../../../src/domain/tenant.ts';
import { until } from '../../support/until.ts';

type Call = {
  readonly tenant: string;
  readonly keys: readonly string[];
  readonly signal: AbortSignal;
  answer(): void;
  fail(error: Error): void;
};

/** Reads whose every call is answered by hand; a row says whose it is. */
function open(limits: Parameters<typeof groupCalls>[1]) {
  const calls: Call[] = [];
  const read = groupCalls<string, ReadonlyMap<string, string>>(
    (tenant, keys, signal) =>
      new Promise((resolve, reject) => {
        calls.push({
          tenant: tenant.id,
          keys,
          signal,
          answer: () => resolve(new Map(keys.map((key) => [key, `${tenant.id} ${key}`]))),
          fail: reject,
        });
      }),
    limits,
  );
  return { calls, read };
}
const [one, two] = [verifyTenant('one'), verifyTenant('two')] as [Tenant, Tenant];
const never = new AbortController().signal;

describe('look-ups that would wait go together', () => {
  test('alone each goes at once; what comes while enough are under way is one call, each key once', async () => {
    const { calls, read } = open({ underWay: 2, items: 10 });
    const answers = ['a', 'b', 'c', 'd', 'c'].map((key) => read(one, [key], never));
    assert.deepEqual(
      calls.map(({ keys }) => keys),
      [['a'], ['b']],
    );
    calls[0]?.answer();
    await turn();
    assert.deepEqual(calls[2]?.keys, ['c', 'd']);
    calls[1]?.answer();
    calls[2]?.answer();
    const found = await Promise.all(answers);
    assert.deepEqual(
      found.map((rows, index) => rows.get(['a', 'b', 'c', 'd', 'c'][index] ?? '')),
      ['one a', 'one b', 'one c', 'one d', 'one c'],
    );
  });

  test('no call has keys of two tenants, and none waits for another tenant', async () => {
    const { calls, read } = open({ underWay: 1, items: 10 });
    const answers = [read(one, ['a'], never), read(one, ['b'], never), read(two, ['a'], never)];
    assert.deepEqual(
      calls.map(({ tenant, keys }) => [tenant, keys]),
      [
        ['one', ['a']],
        ['two', ['a']],
      ],
    );
    calls[1]?.answer();
    assert.equal((await answers[2])?.get('a'), 'two a');
    calls[0]?.answer();
    await turn();
    calls[2]?.answer();
    assert.equal((await answers[1])?.get('b'), 'one b');
  });

  test('a call has no more keys than go together, unless one look-up alone has more', async () => {
    const { calls, read } = open({ underWay: 1, items: 3 });
    const answers = [['a'], ['b', 'c'], ['d', 'e'], ['f', 'g', 'h', 'i']].map((keys) =>
      read(one, keys, never),
    );
    for (let call = 0; call < 4; call += 1) {
      calls[call]?.answer();
      await turn();
    }
    await Promise.all(answers);
    assert.deepEqual(
      calls.map(({ keys }) => keys.length),
      [1, 2, 2, 4],
    );
  });

  test('who is in no hurry waits for company, until somebody is, enough came or the time is up', async () => {
    const { calls, read } = open({ underWay: 1, items: 3, lingerMs: 20 });
    const keys = () => calls.map((call) => call.keys.join());
    const linger = (key: string) => read(one, [key], never, { isAwaited: false });
    const lingering = ['a', 'b'].map(linger);
    assert.deepEqual(keys(), []);
    const hurried = read(one, ['c'], never);
    assert.deepEqual(keys(), ['a,b,c']);
    calls[0]?.answer();
    await Promise.all([...lingering, hurried]);
    const many = ['d', 'e', 'f'].map(linger);
    assert.deepEqual(keys(), ['a,b,c', 'd,e,f']);
    calls[1]?.answer();
    await Promise.all(many);
    const alone = linger('g');
    await until('its time is up', () => calls.length === 3);
    calls[2]?.answer();
    assert.equal((await alone).get('g'), 'one g');
  });

  test('a call that fails fails those who are in it, and nobody else', async () => {
    const { calls, read } = open({ underWay: 1, items: 2 });
    const answers = ['a', 'b', 'c', 'd'].map((key) => read(one, [key], never));
    calls[0]?.answer();
    await turn();
    calls[1]?.fail(new Error('away'));
    await assert.rejects(answers[1] ?? Promise.resolve(), /away/);
    await assert.rejects(answers[2] ?? Promise.resolve(), /away/);
    calls[2]?.answer();
    assert.equal((await answers[3])?.get('d'), 'one d');
  });

  test('who leaves is answered at once, the others go on; a call that nobody waits for is ended', async () => {
    const { calls, read } = open({ underWay: 1, items: 10 });
    const leaving = [new AbortController(), new AbortController(), new AbortController()] as const;
    const first = read(one, ['a'], leaving[0].signal);
    const waiting = read(one, ['b'], leaving[1].signal);
    const shared = [read(one, ['c'], leaving[2].signal), read(one, ['d'], never)];
    leaving[1].abort(new Error('gone'));
    await assert.rejects(waiting);
    leaving[0].abort(new Error('gone'));
    await assert.rejects(first);
    assert.equal(calls[0]?.signal.aborted, true);
    calls[0]?.fail(new Error('ended'));
    await turn();
    assert.deepEqual(calls[1]?.keys, ['c', 'd'], 'who left asks for nothing any more');
    leaving[2].abort(new Error('gone'));
    await assert.rejects(shared[0] ?? Promise.resolve());
    assert.equal(calls[1]?.signal.aborted, false);
    calls[1]?.answer();
    assert.equal((await shared[1])?.get('d'), 'one d');
  });
});
