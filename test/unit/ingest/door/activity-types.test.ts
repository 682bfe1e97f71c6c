import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type ActivityTypeDefinition, STANDARD_TYPES } from '../../../../src/domain/activity-types.ts';
import { verifyTenant } from '../../../../src/domain/tenant.ts';
import { createActivityTypes } from '../../../../src/ingest/door/activity-types.ts';
import { DomainError } from '../../../../src/lib/errors.ts';

const tenant = verifyTenant('types');
const { signal } = new AbortController();
const own = (name: string): ActivityTypeDefinition => ({
  name,
  number: 100_001,
  category: 'CUSTOM',
  description: '',
  attributes: [],
  conversion: false,
  standard: false,
});

/** Types over a store that counts how often it is read. */
function open(...names: string[]) {
  const state = { reads: 0, names, hangs: false };
  const types = createActivityTypes(
    {
      async customTypes() {
        state.reads += 1;
        if (state.hangs) await new Promise(() => {});
        return state.names.map(own);
      },
    },
    async (_tenant, { name }) => {
      state.names.push(name);
      return own(name);
    },
  );
  return { state, types };
}
const unknown = (count: number, from = 0) =>
  new Set(Array.from({ length: count }, (_, index) => `Unknown ${from + index}`));

describe('activity types', () => {
  test('of a batch are read at most twice, however many names nobody knows', async () => {
    const { state, types } = open('Mine');
    const found = await types.find(tenant, new Set([...unknown(1_000), 'Mine', 'Visit Webpage']), signal);
    assert.deepEqual([...found.keys()].sort(), ['Mine', 'Visit Webpage']);
    assert.equal(state.reads, 2);
  });

  test('that nobody knew a moment ago are not asked for again; names not asked for yet are', async () => {
    const { state, types } = open();
    await types.find(tenant, unknown(300), signal);
    const before = state.reads;
    for (let round = 0; round < 3; round += 1) await types.find(tenant, unknown(300), signal);
    assert.equal(state.reads, before);
    await types.find(tenant, unknown(300, 1_000), signal);
    assert.equal(state.reads, before + 1);
  });

  test('that another process has declared just now are found', async () => {
    const { state, types } = open();
    assert.equal((await types.list(tenant, signal)).length, STANDARD_TYPES.length);
    state.names.push('Theirs');
    assert.equal((await types.get(tenant, 'Theirs', signal))?.name, 'Theirs');
  });

  test('that are declared here are found at once, also when they were unknown a moment ago', async () => {
    const { types } = open();
    assert.equal(await types.get(tenant, 'Ours', signal), undefined);
    await types.define(tenant, own('Ours'), signal);
    assert.equal((await types.get(tenant, 'Ours', signal))?.name, 'Ours');
  });

  test('of standard alone cost no reading', async () => {
    const { state, types } = open();
    await types.find(tenant, new Set(STANDARD_TYPES.map(({ name }) => name)), signal);
    assert.equal(state.reads, 0);
  });

  test('are not waited for by a caller that has gone', async () => {
    const { state, types } = open();
    state.hangs = true;
    for (const call of [
      (caller: AbortSignal) => types.find(tenant, unknown(1), caller),
      (caller: AbortSignal) => types.get(tenant, 'x', caller),
      (caller: AbortSignal) => types.list(tenant, caller),
    ]) {
      const controller = new AbortController();
      const asked = call(controller.signal);
      controller.abort(new DomainError('TIMEOUT', 'gone'));
      await assert.rejects(asked, { code: 'TIMEOUT' });
    }
  });

  test('of names that every object inherits are unknown', async () => {
    const { types } = open();
    for (const name of ['constructor', 'toString', '__proto__'])
      assert.equal(await types.get(tenant, name, signal), undefined);
  });
});
