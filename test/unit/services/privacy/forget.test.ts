import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createPostgresStore } from '../../../../src/datasources/activity-store/postgres/adapter.ts';
import type { Db } from '../../../../src/datasources/db/db.ts';
import {
  createPostgresErasures,
  erasuresProjection,
} from '../../../../src/datasources/erasures/postgres/adapter.ts';
import type { PersonalStore } from '../../../../src/datasources/erasures/stores.ts';
import { verifyTenant } from '../../../../src/domain/tenant.ts';
import { keepForgetting } from '../../../../src/services/privacy/forget.ts';
import type { PersonalPorts } from '../../../../src/services/privacy/personal.ts';
import { NOW } from '../../../support/activities.ts';
import { drivers } from '../../../support/databases.ts';
import { until } from '../../../support/until.ts';

const signal = new AbortController().signal;
const tenant = verifyTenant('acme');
const erasure = (id: string, at = NOW) => ({ id, leads: [`lead of ${id}`], at });

for (const driver of drivers) {
  let db: Db;
  before(async () => {
    db = await driver.open();
  });
  after(() => db.close());

  test(`an erasure goes on where a process ended, and each store is asked until it is done (${driver.name})`, async () => {
    const store = createPostgresStore(db, [erasuresProjection]);
    const erasures = createPostgresErasures(db);
    // As after a crash: the store is done, and nobody works on the rest.
    await store.erase(tenant, erasure('second', NOW + 1), signal);
    await store.erase(tenant, erasure('first'), signal);
    await erasures.markDone(tenant, 'second', 'FAILED_ACTIVITIES', NOW, false, signal);
    const calls: string[] = [];
    const errors: unknown[] = [];
    let sweeps = 0;
    const step = (name: PersonalStore) => ({
      store: name,
      lagMs: 0,
      async erase(_: unknown, { id }: { readonly id: string }) {
        calls.push(`${name} ${id}`);
        if (name === 'ACTIVITY_LOG' && errors.length === 0) throw new Error('the log is away');
      },
    });
    const forgetting: PersonalPorts['forgetting'] = [
      step('FAILED_ACTIVITIES'),
      step('ACTIVITY_LOG'),
      {
        store: 'FILES',
        lagMs: 0,
        everyMs: 3_600_000,
        async sweep() {
          sweeps += 1;
        },
      },
    ];
    const forgetter = keepForgetting({
      erasures,
      forgetting,
      tenantOf: verifyTenant,
      everyMs: 10,
      onError: (error) => errors.push(error),
    });
    const isDone = async (id: string) => (await erasures.get(tenant, id, signal))?.finishedAt !== null;
    await until('both are done', async () => (await isDone('first')) && (await isDone('second')));
    assert.equal(errors.length, 1);
    assert.deepEqual(calls, [
      'FAILED_ACTIVITIES first',
      'ACTIVITY_LOG first',
      'ACTIVITY_LOG first',
      'ACTIVITY_LOG second',
    ]);
    assert.equal(sweeps, 1, 'both share a sweep');
    // A third comes too soon for another sweep: its other stores are done at once, and it stays open.
    await store.erase(tenant, erasure('third', NOW + 2), signal);
    await until('the log is done', async () => {
      const receipt = await erasures.get(tenant, 'third', signal);
      return receipt?.doneAt['ACTIVITY_LOG'] !== undefined;
    });
    assert.equal(await isDone('third'), false);
    await forgetter.close();
    assert.equal(sweeps, 1);
  });

  test(`an erasure waits for a store that can't begin yet, and holds up no other (${driver.name})`, async () => {
    const store = createPostgresStore(db, [erasuresProjection]);
    const erasures = createPostgresErasures(db);
    await store.erase(tenant, erasure('patient'), signal);
    await store.erase(tenant, erasure('prompt', NOW + 1), signal);
    let isOpen = false;
    const calls: string[] = [];
    const erase =
      (name: string) =>
      async (_: unknown, { id }: { readonly id: string }) =>
        void calls.push(`${name} ${id}`);
    const forgetter = keepForgetting({
      erasures,
      forgetting: [
        {
          store: 'SEARCH',
          lagMs: 0,
          isReady: async (_, { id }) => isOpen || id !== 'patient',
          erase: erase('SEARCH'),
        },
        { store: 'FIGURES', lagMs: 0, erase: erase('FIGURES') },
      ],
      tenantOf: verifyTenant,
      everyMs: 10,
      onError: (error) => assert.fail(String(error)),
    });
    const isDone = async (id: string) => (await erasures.get(tenant, id, signal))?.finishedAt !== null;
    await until('the one is done', () => isDone('prompt'));
    assert.ok(!calls.some((call) => call.endsWith('patient')));
    isOpen = true;
    await until('the other is done', () => isDone('patient'));
    await forgetter.close();
    assert.deepEqual(
      calls.filter((call) => call.endsWith('patient')),
      ['SEARCH patient', 'FIGURES patient'],
    );
  });
}
