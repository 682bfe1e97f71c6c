import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createIngestBudget, type IngestRates } from '../../../../src/ingest/door/budget.ts';
import { DomainError } from '../../../../src/lib/errors.ts';

const NONE: IngestRates = { eventsPerSecond: null, bytesPerSecond: null, burstSeconds: 1 };

/** The budget of tenants alone, by their names. */
function createTenantBudget(rates: IngestRates, now?: () => number) {
  const budget = createIngestBudget({ tenant: rates, publicKey: NONE }, now);
  const payer = (tenantId: string) => ({ tenantId, sender: { isPublic: true, subject: 'key:a' } });
  return {
    take: (tenantId: string, events: number, bytes: number) => budget.take(payer(tenantId), events, bytes),
    check: (tenantId: string, bytes: number) => budget.check(payer(tenantId), bytes),
    status: (tenantId: string) => budget.status(payer(tenantId)),
  };
}

const waitOf = (take: () => unknown): number | undefined => {
  try {
    take();
    return undefined;
  } catch (error) {
    assert.ok(error instanceof DomainError && error.code === 'RATE_LIMITED' && error.retryable);
    return error.retryAfterMs;
  }
};

test('a tenant over its events or its bytes is told how long to wait, and then is served; another is not touched', () => {
  let clock = 0;
  const budget = createTenantBudget(
    { eventsPerSecond: 10, bytesPerSecond: 1_000, burstSeconds: 2 },
    () => clock,
  );
  assert.deepEqual(budget.status('a'), { limit: 20, remaining: 20, resetSeconds: 0 });
  budget.take('a', 20, 100);
  assert.equal(
    waitOf(() => budget.take('a', 5, 100)),
    500,
  );
  assert.deepEqual(budget.status('a'), { limit: 20, remaining: 0, resetSeconds: 2 });
  budget.take('b', 20, 100);
  clock = 500;
  budget.take('a', 5, 100);
  clock = 100_000;
  budget.take('a', 1, 2_000);
  assert.equal(
    waitOf(() => budget.take('a', 1, 100)),
    100,
  );
  assert.equal(budget.status('a')?.remaining, 19, 'what was refused for its bytes takes no events');
});

test('a request larger than the whole bucket passes when it is full, and is paid for afterwards', () => {
  let clock = 0;
  const budget = createTenantBudget(
    { eventsPerSecond: 10, bytesPerSecond: null, burstSeconds: 1 },
    () => clock,
  );
  budget.take('a', 100, 0);
  clock = 5_000;
  assert.ok((waitOf(() => budget.take('a', 1, 0)) ?? 0) > 0);
  clock = 10_000;
  budget.take('a', 1, 0);
});

test('what was not written is given back', () => {
  const budget = createTenantBudget({ eventsPerSecond: 1, bytesPerSecond: 1, burstSeconds: 10 }, () => 0);
  budget.take('a', 10, 10)();
  budget.take('a', 10, 10);
});

test('over any traffic no more passes than the rate allows, and the wait that is told suffices', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(40), fc.nat(3_000)), { maxLength: 60 }), (requests) => {
      let clock = 0;
      let passed = 0;
      let largest = 0;
      const budget = createTenantBudget(
        { eventsPerSecond: 10, bytesPerSecond: null, burstSeconds: 3 },
        () => clock,
      );
      for (const [events, pause] of requests) {
        clock += pause;
        const wait = waitOf(() => budget.take('a', events, 0));
        if (wait !== undefined) {
          clock += wait;
          budget.take('a', events, 0);
        }
        passed += events;
        largest = Math.max(largest, events);
        assert.ok(passed <= (clock / 1000) * 10 + 30 + largest + 1e-6);
      }
    }),
  );
});

test('a request is refused unread only where it would be refused when read', () => {
  const traffic = fc.array(
    fc.record({
      events: fc.integer({ min: 1, max: 60 }),
      pause: fc.nat(3_000),
    }),
    { minLength: 1, maxLength: 60 },
  );
  fc.assert(
    fc.property(traffic, (requests) => {
      let clock = 0;
      const rates = { eventsPerSecond: 10, bytesPerSecond: 20_000, burstSeconds: 3 };
      const budget = createTenantBudget(rates, () => clock);
      // Events of one size: what is expected of a body is what is in it.
      for (const { events, pause } of requests) {
        clock += pause;
        const unread = waitOf(() => budget.check('a', events * 500));
        const read = waitOf(() => budget.take('a', events, events * 500));
        assert.ok(unread === undefined || unread === read, `${unread} ${read}`);
      }
    }),
  );
});

test('a flood is refused unread, but not what may fit, nor anything before the flood was refused or after its wait', () => {
  let clock = 0;
  const rates = { eventsPerSecond: 10, bytesPerSecond: null, burstSeconds: 10 };
  const budget = createTenantBudget(rates, () => clock);
  const unread = (bytes: number) => waitOf(() => budget.check('a', bytes));
  budget.take('a', 60, 30_000);
  assert.equal(unread(30_000), undefined);
  assert.equal(
    waitOf(() => budget.take('a', 60, 30_000)),
    2_000,
  );
  assert.equal(unread(30_000), 2_000);
  assert.equal(unread(15_000), undefined);
  budget.check('b', 30_000);
  budget.take('a', 1, 30_000);
  assert.equal(unread(30_000), undefined, 'it has had requests of fewer events');
  clock = 2_000;
  assert.equal(unread(1e9), undefined);
});

test('without rates nothing is counted', () => {
  const budget = createTenantBudget({ eventsPerSecond: null, bytesPerSecond: null, burstSeconds: 1 });
  budget.take('a', 1e9, 1e12)();
  budget.check('a', 1e12);
  assert.equal(budget.status('a'), undefined);
});

test('a public key has a budget of its own within that of its tenant; other keys and secret ones are not touched', () => {
  let clock = 0;
  const budget = createIngestBudget(
    {
      tenant: { eventsPerSecond: 100, bytesPerSecond: null, burstSeconds: 1 },
      publicKey: { eventsPerSecond: 10, bytesPerSecond: null, burstSeconds: 2 },
    },
    () => clock,
  );
  const payer = (subject: string, isPublic = true) => ({ tenantId: 'a', sender: { isPublic, subject } });
  budget.take(payer('key:1'), 20, 0);
  assert.deepEqual(budget.status(payer('key:1')), { limit: 20, remaining: 0, resetSeconds: 2 });
  assert.equal(
    waitOf(() => budget.take(payer('key:1'), 5, 0)),
    500,
  );
  budget.take(payer('key:2'), 20, 0);
  budget.take(payer('server', false), 60, 0);
  assert.equal(budget.status(payer('server', false))?.remaining, 0);
  // What the tenant has not left is not taken from the key.
  clock = 1;
  assert.ok(waitOf(() => budget.take(payer('key:3'), 20, 0)) !== undefined);
  assert.equal(budget.status({ ...payer('key:3'), tenantId: 'b' })?.remaining, 20);
  clock = 1_000;
  budget.take(payer('key:3'), 20, 0);
});
