import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  type FailedActivities,
  type Failure,
  type FailureRequest,
  failureOf,
  MAX_BODY_BYTES,
} from '../../src/datasources/failed-activities/port.ts';
import type { Json } from '../../src/domain/json.ts';
import { type Tenant, verifyTenant } from '../../src/domain/tenant.ts';
import { DomainError } from '../../src/lib/errors.ts';
import { DAY, HOUR, NOW } from '../support/activities.ts';

type FailuresFixture = { readonly failures: FailedActivities; close(): Promise<void> };
/** What the suite asks of an adapter: this retention, and the suite's clock. */
export type OpenFailures = (retentionMs: number, now: () => number) => Promise<FailuresFixture>;

const signal = new AbortController().signal;
let tenants = 0;
const newTenant = (): Tenant => verifyTenant(`failed-${process.pid}-${tenants++}`);
const every: FailureRequest = {
  codes: null,
  source: null,
  reason: null,
  from: null,
  to: null,
  replayed: false,
  first: 100,
  after: null,
};

/** What every adapter of the failed-activities log must keep. */
export function failedActivitiesContract(name: string, open: OpenFailures): void {
  describe(`failed activities: ${name}`, () => {
    let fixture: FailuresFixture;
    let failures: FailedActivities;
    let clock = NOW;
    before(async () => {
      fixture = await open(30 * DAY, () => clock);
      failures = fixture.failures;
    });
    after(() => fixture.close());

    const aFailure = (tenant: Tenant, body: Json, more: Partial<Failure> = {}): Failure =>
      failureOf(tenant.idSpace, {
        failedAt: NOW,
        source: 'segment',
        kind: 'activity',
        code: 'INVALID_VALUE',
        message: 'This is wrong.',
        path: 'attributes.link',
        ...more,
        body,
      });
    const waiting = (failure: Failure) => ({ ...failure, replayedAt: null, activityId: null });
    const list = async (tenant: Tenant, request: Partial<FailureRequest> = {}) =>
      (await failures.list(tenant, { ...every, ...request }, signal)).failures;
    const ids = async (tenant: Tenant, request: Partial<FailureRequest> = {}) =>
      (await list(tenant, request)).map(({ id }) => id);

    test('what is put comes back whole, the latest first, by list and by id, each tenant its own', async () => {
      const [one, two] = [newTenant(), newTenant()];
      const put = [
        aFailure(one, { n: 1, text: 'Grüße 💡 \u0000 \ud800' }, { failedAt: NOW - 2, path: null }),
        aFailure(one, [null, { deep: [1.5, 'x'] }], { failedAt: NOW, source: 'marketo', kind: 'lead' }),
        aFailure(one, 'text', { failedAt: NOW - 1, kind: 'record', code: 'STORE_REFUSED' }),
      ];
      await failures.put(one, put, signal);
      const [oldest, latest, middle] = put.map(waiting);
      assert.deepEqual(await list(one), [latest, middle, oldest]);
      assert.deepEqual(await list(two), []);
      const wanted = [oldest?.id ?? '', 'A'.repeat(22), latest?.id ?? ''];
      assert.deepEqual(await failures.get(one, wanted, signal), [oldest, null, latest]);
      assert.deepEqual(await failures.get(two, wanted, signal), [null, null, null]);
      assert.deepEqual(await failures.get(one, [], signal), []);
    });

    test('the same put again, also in one batch, is the same failure with the first time and the last reason', async () => {
      const tenant = newTenant();
      const first = aFailure(tenant, { same: true });
      await failures.put(tenant, [first, { ...first, message: 'Two in one batch.', body: '2' }], signal);
      await failures.settle(tenant, [{ id: first.id, activityId: null }], NOW + 5, signal);
      const again = {
        ...first,
        failedAt: NOW + HOUR,
        code: 'UNKNOWN_TYPE' as const,
        message: 'Other.',
        body: '3',
        path: null,
      };
      await failures.put(tenant, [again], signal);
      assert.deepEqual(await list(tenant), [waiting({ ...again, failedAt: NOW })]);
    });

    test('what was settled is offered no more, and keeps its first mark', async () => {
      const tenant = newTenant();
      const [a, b] = [aFailure(tenant, 'a'), aFailure(tenant, 'b', { failedAt: NOW - 1 })];
      await failures.put(tenant, [a, b], signal);
      await failures.settle(
        tenant,
        [
          { id: a.id, activityId: 'activity-1' },
          { id: 'A'.repeat(22), activityId: null },
        ],
        NOW + 7,
        signal,
      );
      await failures.settle(tenant, [{ id: a.id, activityId: 'activity-2' }], NOW + 9, signal);
      assert.deepEqual(await ids(tenant), [b.id]);
      assert.deepEqual(await list(tenant, { replayed: true }), [
        { ...a, replayedAt: NOW + 7, activityId: 'activity-1' },
      ]);
      await failures.settle(newTenant(), [{ id: b.id, activityId: null }], NOW, signal);
      assert.deepEqual(await ids(tenant), [b.id], "another tenant's mark is not this one's");
    });

    test('conditions on code, source, reason and time hold together', async () => {
      const tenant = newTenant();
      const all = [
        aFailure(tenant, 1, { failedAt: NOW - 3, code: 'UNKNOWN_TYPE', message: "No type 'Call_100%'." }),
        aFailure(tenant, 2, {
          failedAt: NOW - 2,
          code: 'TOO_LARGE',
          source: 'graphql',
          message: 'Über 32 KB',
        }),
        aFailure(tenant, 3, { failedAt: NOW - 1, code: 'UNKNOWN_TYPE', source: 'graphql' }),
      ];
      await failures.put(tenant, all, signal);
      const found = async (request: Partial<FailureRequest>) =>
        (await list(tenant, request)).map(({ body }) => Number(body)).sort();
      assert.deepEqual(await found({ codes: ['UNKNOWN_TYPE'] }), [1, 3]);
      assert.deepEqual(await found({ codes: ['UNKNOWN_TYPE', 'TOO_LARGE', 'STEP_FAILED'] }), [1, 2, 3]);
      assert.deepEqual(await found({ codes: [] }), []);
      assert.deepEqual(await found({ source: 'graphql' }), [2, 3]);
      assert.deepEqual(await found({ source: 'graphql', codes: ['UNKNOWN_TYPE'] }), [3]);
      assert.deepEqual(await found({ reason: 'no TYPE' }), [1]);
      assert.deepEqual(await found({ reason: 'ÜBER' }), [2]);
      assert.deepEqual(
        await found({ reason: '_100%' }),
        [1],
        'what are wildcards elsewhere are letters here',
      );
      assert.deepEqual(await found({ reason: '%' }), [1]);
      assert.deepEqual(await found({ reason: "'; DROP" }), []);
      assert.deepEqual(await found({ from: NOW - 2 }), [2, 3]);
      assert.deepEqual(await found({ to: NOW - 2 }), [1]);
      assert.deepEqual(await found({ from: NOW - 2, to: NOW - 1 }), [2]);
    });

    test('pages neither repeat nor skip, at equal times too, and none that has a next is empty', async () => {
      const tenant = newTenant();
      const all = Array.from({ length: 23 }, (_, n) =>
        aFailure(tenant, n, { failedAt: NOW - (n % 4), source: n % 2 ? 'segment' : 'graphql' }),
      );
      await failures.put(tenant, all, signal);
      for (const source of [null, 'segment'] as const) {
        const expected = await ids(tenant, { source });
        const seen: string[] = [];
        for (let after: FailureRequest['after'] = null, more = true; more; ) {
          const page = await failures.list(tenant, { ...every, source, first: 5, after }, signal);
          const last = page.failures.at(-1);
          assert.ok(last);
          seen.push(...page.failures.map(({ id }) => id));
          after = { failedAt: last.failedAt, id: last.id };
          more = page.hasNextPage;
        }
        assert.deepEqual(seen, expected);
        assert.equal(new Set(seen).size, source === null ? 23 : 11);
      }
    });

    test('what is older than the retention is not shown any more', async () => {
      const tenant = newTenant();
      const [old, young] = [
        aFailure(tenant, 'old', { failedAt: NOW - 29 * DAY }),
        aFailure(tenant, 'young', { failedAt: NOW }),
      ];
      await failures.put(tenant, [old, young], signal);
      assert.deepEqual(await ids(tenant), [young.id, old.id]);
      clock = NOW + 2 * DAY;
      assert.deepEqual(await ids(tenant), [young.id]);
      assert.deepEqual(await failures.get(tenant, [old.id], signal), [null]);
      await failures.put(tenant, [aFailure(tenant, 'next', { failedAt: clock })], signal);
      clock = NOW;
    });

    test('a body beyond the bound is not kept, texts are cut and mended, and what is the same has the same id', () => {
      const tenant = newTenant();
      const large = aFailure(tenant, 'x'.repeat(MAX_BODY_BYTES), {
        message: `\0${'m'.repeat(600)}`,
        path: '\ud800',
      });
      assert.equal(large.body, null);
      assert.equal(large.message, 'm'.repeat(500));
      assert.equal(large.path, '\ufffd');
      assert.equal(aFailure(tenant, 'x'.repeat(MAX_BODY_BYTES - 2)).body?.length, MAX_BODY_BYTES);
      assert.equal(aFailure(tenant, { a: 1 }).id, aFailure(tenant, { a: 1 }, { failedAt: 0 }).id);
      assert.notEqual(aFailure(tenant, { a: 1 }).id, aFailure(newTenant(), { a: 1 }).id);
      assert.notEqual(aFailure(tenant, { a: 1 }).id, aFailure(tenant, { a: 1 }, { source: 'import' }).id);
      const sent = (sentAt: string) => aFailure(tenant, { messageId: 'm', sentAt }).id;
      assert.equal(sent('now'), sent('later'), 'a message sent again');
      assert.notEqual(sent('now'), aFailure(tenant, { messageId: 'n' }).id);
    });

    test('an object that only looks like a tenant is refused', async () => {
      const forged = { id: newTenant().id } as unknown as Tenant;
      const isForbidden = (error: unknown) => error instanceof DomainError && error.code === 'FORBIDDEN';
      await assert.rejects(failures.put(forged, [], signal), isForbidden);
      await assert.rejects(failures.list(forged, every, signal), isForbidden);
      await assert.rejects(failures.get(forged, [], signal), isForbidden);
      await assert.rejects(failures.settle(forged, [], NOW, signal), isForbidden);
    });
  });
}
