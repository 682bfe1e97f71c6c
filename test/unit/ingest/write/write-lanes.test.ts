import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { LogRecord } from '../../../../src/domain/activity.ts';
import { type Tenant, verifyTenant } from '../../../../src/domain/tenant.ts';
import type { QueueLimits } from '../../../../src/ingest/write/lane-turns.ts';
import { createWriteLanes } from '../../../../src/ingest/write/write-lanes.ts';
import { DomainError } from '../../../../src/lib/errors.ts';
import { anActivity } from '../../../support/activities.ts';

const LIMITS: QueueLimits = {
  tenantBytes: 2 ** 40,
  totalBytes: 2 ** 40,
  // Tests that are about waiting say how long.
  waitMs: 3_600_000,
  batchRecords: 1_000,
  batchBytes: 2 ** 30,
};
const signal = new AbortController().signal;
const records = (tenant: Tenant, count: number): LogRecord[] => {
  const record: LogRecord = { kind: 'activity', activity: anActivity(tenant.id) };
  return Array.from({ length: count }, () => record);
};
const equal = () => 1;

describe('batches of many tenants', () => {
  test('whatever one tenant has waiting, another is in the next batch', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 300 }), (requests, size) => {
        const [flood, other] = [verifyTenant('flood'), verifyTenant('other')];
        const queue = createWriteLanes(LIMITS);
        for (let n = 0; n < requests; n += 1) void queue.add(flood, records(flood, size), signal);
        void queue.add(other, records(other, 1), signal);
        const turns = queue.mix(equal);
        assert.ok(turns.some(({ tenant }) => tenant === other));
      }),
    );
  });

  test('tenants that always have something waiting get what their weights say, to within a turn', () => {
    const weights = new Map([
      ['one', 1],
      ['two', 2],
      ['five', 5],
    ]);
    const queue = createWriteLanes(LIMITS);
    for (const id of weights.keys()) {
      const tenant = verifyTenant(id);
      for (let n = 0; n < 2_000; n += 1) void queue.add(tenant, records(tenant, 7), signal);
    }
    const taken = new Map<string, number>();
    for (let batch = 0; batch < 10; batch += 1)
      for (const { tenant, entries } of queue.mix((id) => weights.get(id) ?? 0))
        taken.set(tenant.id, (taken.get(tenant.id) ?? 0) + entries.length * 7);
    const unit = (taken.get('one') ?? 0) / 1;
    for (const [id, weight] of weights) {
      const share = taken.get(id) ?? 0;
      assert.ok(Math.abs(share - weight * unit) <= weight * 100 + 7, `${id} got ${share}, one ${unit}`);
    }
  });

  test('every request is in one batch, whole, in its order, and no batch is larger than it may be', () => {
    const request = fc.record({
      tenant: fc.constantFrom('a', 'b', 'c'),
      size: fc.integer({ min: 1, max: 400 }),
    });
    fc.assert(
      fc.property(fc.array(request, { maxLength: 40 }), (requests) => {
        const queue = createWriteLanes(LIMITS);
        const sent = new Map<string, number[]>();
        for (const { tenant: id, size } of requests) {
          const tenant = verifyTenant(id);
          sent.set(id, [...(sent.get(id) ?? []), size]);
          void queue.add(tenant, records(tenant, size), signal);
        }
        const taken = new Map<string, number[]>();
        while (queue.waiting > 0) {
          let total = 0;
          for (const { tenant, entries } of queue.mix(equal))
            for (const entry of entries) {
              total += entry.records.length;
              taken.set(tenant.id, [...(taken.get(tenant.id) ?? []), entry.records.length]);
            }
          assert.ok(total > 0 && total <= LIMITS.batchRecords);
        }
        assert.deepEqual(taken, sent);
      }),
    );
  });

  test('what is taken back while it waits is in no batch; beyond its bytes a tenant is told to wait, others are not', async () => {
    const [one, two] = [verifyTenant('one'), verifyTenant('two')];
    const queue = createWriteLanes({ ...LIMITS, tenantBytes: 2_000 });
    const stop = new AbortController();
    const taken = queue.add(one, records(one, 1), stop.signal);
    stop.abort(new DomainError('TIMEOUT', 'enough'));
    await assert.rejects(taken, { code: 'TIMEOUT' });
    assert.equal(queue.waiting, 0);
    void queue.add(one, records(one, 3), signal);
    await assert.rejects(queue.add(one, records(one, 1), signal), (error) => {
      assert.ok(error instanceof DomainError && error.code === 'RATE_LIMITED');
      assert.ok((error.retryAfterMs ?? 0) > 0);
      return true;
    });
    void queue.add(two, records(two, 1), signal);
    assert.deepEqual(
      queue
        .mix(equal)
        .map(({ tenant }) => tenant.id)
        .sort(),
      ['one', 'two'],
    );
  });

  test('while something of a tenant waits too long nothing more is taken from it, and from others it is', async () => {
    const [one, two] = [verifyTenant('one'), verifyTenant('two')];
    let time = 0;
    const queue = createWriteLanes({ ...LIMITS, waitMs: 1_000 }, () => time);
    void queue.add(one, records(one, 1), signal);
    time = 1_000;
    void queue.add(one, records(one, 1), signal);
    time = 1_001;
    await assert.rejects(queue.add(one, records(one, 1), signal), (error) => {
      assert.ok(error instanceof DomainError && error.code === 'RATE_LIMITED' && error.retryable);
      assert.ok((error.retryAfterMs ?? 0) > 0);
      return true;
    });
    void queue.add(two, records(two, 1), signal);
    queue.mix(equal);
    void queue.add(one, records(one, 1), signal);
    assert.equal(queue.waiting, 1, 'what waited is under way: there is room again');
  });

  test('who has gone is still told that it was written, and who has gone before its turn is not', async () => {
    const one = verifyTenant('one') as Tenant;
    const queue = createWriteLanes(LIMITS);
    const gone = new AbortController();
    const written: string[] = [];
    const underWay = queue.add(one, records(one, 1), gone.signal, {
      onWritten: () => written.push('under way'),
    });
    const [turn] = queue.mix(equal);
    const waiting = queue.add(one, records(one, 1), gone.signal, {
      onWritten: () => written.push('waiting'),
    });
    gone.abort(new DomainError('TIMEOUT', 'enough'));
    await assert.rejects(underWay, { code: 'TIMEOUT' });
    await assert.rejects(waiting, { code: 'TIMEOUT' });
    assert.deepEqual(written, []);
    for (const entry of turn?.entries ?? []) entry.answer([{ kind: 'done' }]);
    assert.deepEqual(written, ['under way']);
    assert.equal(queue.bytes, 0);
  });
});
