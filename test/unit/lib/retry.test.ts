import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { DomainError } from '../../../src/lib/errors.ts';
import { backoff, pollUntil, retry, type Wait, wait } from '../../../src/lib/retry.ts';

/** A clock that stands still: pauses are noted, and over at once. */
function fakeClock(): { readonly pauses: number[]; readonly wait: Wait } {
  const pauses: number[] = [];
  return { pauses, wait: async (ms) => void pauses.push(ms) };
}

/** Work that fails so often, with an error that names the attempt. */
const failing = (times: number) => async (attempt: number) => {
  if (attempt <= times) throw new Error(`attempt ${attempt}`);
  return attempt;
};

describe('a retry', () => {
  test('gives what the first attempt that succeeds gives, after doubling pauses up to the most', async () => {
    const clock = fakeClock();
    const delayMs = backoff({ firstMs: 100, maxMs: 500 });
    assert.equal(await retry(failing(5), { delayMs, wait: clock.wait }), 6);
    assert.deepEqual(clock.pauses, [100, 200, 400, 500, 500]);
  });

  test('has as many attempts as the policy says, and throws the error of the last', async () => {
    const clock = fakeClock();
    const seen: string[] = [];
    const policy = {
      attempts: 3,
      delayMs: () => 10,
      onError: (error: unknown, attempt: number) => void seen.push(`${attempt}: ${(error as Error).message}`),
      wait: clock.wait,
    };
    await assert.rejects(retry(failing(3), policy), { message: 'attempt 3' });
    assert.deepEqual(clock.pauses, [10, 10]);
    assert.deepEqual(seen, ['1: attempt 1', '2: attempt 2', '3: attempt 3']);
    assert.equal(await retry(failing(2), policy), 3);
  });

  test('throws a permanent error at once', async () => {
    const clock = fakeClock();
    let attempts = 0;
    const work = async () => {
      attempts += 1;
      throw new DomainError(attempts === 1 ? 'BACKEND_UNAVAILABLE' : 'BAD_USER_INPUT', `attempt ${attempts}`);
    };
    const isRetryable = (error: unknown) => error instanceof DomainError && error.retryable;
    await assert.rejects(retry(work, { delayMs: () => 1, isRetryable, wait: clock.wait }), {
      code: 'BAD_USER_INPUT',
    });
    assert.equal(attempts, 2);
    assert.deepEqual(clock.pauses, [1]);
  });

  test('lets an error say how long the pause is', async () => {
    const clock = fakeClock();
    const delayMs = (_: number, error: unknown) => (error as DomainError).retryAfterMs ?? 7;
    const work = async (attempt: number) => {
      if (attempt === 1) throw new DomainError('RATE_LIMITED', 'slower', { retryAfterMs: 40 });
      if (attempt === 2) throw new DomainError('TIMEOUT', 'late');
      return attempt;
    };
    assert.equal(await retry(work, { delayMs, wait: clock.wait }), 3);
    assert.deepEqual(clock.pauses, [40, 7]);
  });

  test('ends in the middle of a pause when its signal aborts, with the last error and no listener left', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    let attempts = 0;
    const retrying = retry(
      async () => {
        attempts += 1;
        // The pause of an hour begins first.
        setImmediate(() => controller.abort());
        throw new Error('away');
      },
      { delayMs: () => 3_600_000, signal },
    );
    await assert.rejects(retrying, { message: 'away' });
    assert.equal(attempts, 1);
    assert.equal(getEventListeners(signal, 'abort').length, 0);
  });

  test('has a first attempt, and no second, under a signal that is aborted already', async () => {
    const clock = fakeClock();
    const signal = AbortSignal.abort();
    await assert.rejects(retry(failing(1), { delayMs: () => 1, signal, wait: clock.wait }), /attempt 1/);
    assert.equal(await retry(failing(0), { delayMs: () => 1, signal, wait: clock.wait }), 1);
    assert.deepEqual(clock.pauses, []);
  });

  test('pauses by jitter within its bounds: never longer than without, never shorter than its part allows', () => {
    const part = fc.double({ min: 0, max: 1, noNaN: true });
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(part, random, fc.integer({ min: 1, max: 2_000 }), (jitter, drawn, attempt) => {
        const most = backoff({ firstMs: 50, maxMs: 5_000 })(attempt);
        const pause = backoff({ firstMs: 50, maxMs: 5_000, jitter, random: () => drawn })(attempt);
        assert.equal(most, attempt > 7 ? 5_000 : 50 * 2 ** (attempt - 1));
        assert.ok(pause <= most && pause >= most * (1 - jitter) - 1e-9, `${pause} of ${most}`);
      }),
    );
    const half = (drawn: number) =>
      backoff({ firstMs: 100, maxMs: 100, jitter: 0.5, random: () => drawn })(1);
    assert.deepEqual([0, 0.5, 0.75].map(half), [100, 75, 62.5]);
  });
});

test('a wait ends with the reason of its signal', async () => {
  const controller = new AbortController();
  const waiting = wait(3_600_000, controller.signal);
  controller.abort(new DomainError('TIMEOUT', 'the process ends'));
  await assert.rejects(waiting, { code: 'TIMEOUT', message: 'the process ends' });
});

test('a poll ends when its condition holds, or with the reason of its signal', async () => {
  let looks = 0;
  await pollUntil(async () => (looks += 1) === 3, 1, new AbortController().signal);
  assert.equal(looks, 3);
  const controller = new AbortController();
  const polling = pollUntil(
    async () => {
      setImmediate(() => controller.abort(new DomainError('TIMEOUT', 'enough')));
      return false;
    },
    3_600_000,
    controller.signal,
  );
  await assert.rejects(polling, { message: 'enough' });
});
