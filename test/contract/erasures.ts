import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Erasures } from '../../src/datasources/erasures/port.ts';
import type { Erasure } from '../../src/domain/erasure.ts';
import { type Tenant, verifyTenant } from '../../src/domain/tenant.ts';
import { NOW } from '../support/activities.ts';

export type ErasuresFixture = {
  /** As two processes have them. */
  readonly erasures: readonly [Erasures, Erasures];
  /** Writes the receipt. */
  begin(tenant: Tenant, erasure: Erasure): Promise<void>;
  close(): Promise<void>;
};

const signal = new AbortController().signal;
const [tenant, other] = [verifyTenant('receipts-1'), verifyTenant('receipts-2')];
const erasureOf = (id: string, at = NOW): Erasure => ({ id, leads: [`${'x'.repeat(21)}A`], at });
const LEASE_MS = 1_000;

/** What every keeper of receipts must keep. */
export function erasuresContract(name: string, open: () => Promise<ErasuresFixture>): void {
  describe(`erasures: ${name}`, () => {
    let fixture: ErasuresFixture;
    let erasures: Erasures;
    before(async () => {
      fixture = await open();
      [erasures] = fixture.erasures;
    });
    after(() => fixture.close());
    const leased = async (from: Erasures, now: number) =>
      (await from.lease(now, LEASE_MS, signal)).map(
        ({ tenantId, receipt }) => `${tenantId} ${receipt.erasure.id}`,
      );

    test('a receipt is of its tenant, and says when each store was done', async () => {
      const erasure = erasureOf('one');
      await fixture.begin(tenant, erasure);
      await fixture.begin(tenant, erasure);
      await erasures.markDone(tenant, 'one', 'SEARCH', NOW + 5, false, signal);
      const receipt = await erasures.get(tenant, 'one', signal);
      assert.deepEqual(receipt?.erasure, erasure);
      assert.equal(receipt?.doneAt.SEARCH, NOW + 5);
      assert.equal(receipt?.doneAt.FIGURES, undefined);
      assert.equal(receipt?.finishedAt, null);
      assert.equal(await erasures.get(other, 'one', signal), null);
      assert.equal(await erasures.get(tenant, 'two', signal), null);
      await erasures.markDone(tenant, 'one', 'FIGURES', NOW + 7, true, signal);
      assert.equal((await erasures.get(tenant, 'one', signal))?.finishedAt, NOW + 7);
    });

    test('no two processes work on one erasure; of a process that ended, another goes on; a finished one is nobody’s', async () => {
      const [one, two] = fixture.erasures;
      await fixture.begin(other, erasureOf('later', NOW + 1));
      await fixture.begin(tenant, erasureOf('sooner'));
      assert.deepEqual(await leased(one, NOW), ['receipts-1 sooner', 'receipts-2 later'], 'the oldest first');
      assert.deepEqual(await leased(two, NOW + LEASE_MS - 1), []);
      await one.leaseUntil(other, 'later', 0, signal);
      assert.deepEqual(await leased(two, NOW + LEASE_MS - 1), ['receipts-2 later']);
      assert.deepEqual(await leased(two, NOW + LEASE_MS), ['receipts-1 sooner']);
      await two.markDone(tenant, 'sooner', 'FILES', NOW, true, signal);
      await two.leaseUntil(tenant, 'sooner', 0, signal);
      assert.deepEqual(await leased(one, NOW + 10 * LEASE_MS), ['receipts-2 later']);
      await one.markDone(other, 'later', 'FILES', NOW, true, signal);
      await one.leaseUntil(other, 'later', 0, signal);
      assert.deepEqual(await leased(two, NOW + 100 * LEASE_MS), []);
    });

    test('of processes that ask at once, each erasure goes to one', async () => {
      const [one, two] = fixture.erasures;
      for (let n = 0; n < 5; n += 1) await fixture.begin(tenant, erasureOf(`race-${n}`));
      const both = await Promise.all([leased(one, NOW), leased(two, NOW)]);
      assert.deepEqual(
        both.flat().sort(),
        Array.from({ length: 5 }, (_, n) => `receipts-1 race-${n}`),
      );
    });
  });
}
