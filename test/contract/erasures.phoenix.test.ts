import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createPhoenixErasedLeads } from '../../src/datasources/activity-store/phoenix/erased.ts';
import { createPhoenixErasures } from '../../src/datasources/erasures/phoenix/adapter.ts';
import { verifyTenant } from '../../src/domain/tenant.ts';
import { NOW } from '../support/activities.ts';
import { engineSkip } from '../support/engines.ts';
import { openTestPhoenix } from '../support/phoenix.ts';
import { erasuresContract } from './erasures.ts';

const signal = new AbortController().signal;

describe('phoenix', { skip: engineSkip('phoenix') }, () => {
  erasuresContract('phoenix adapter', async () => {
    const { client, schema, another, drop } = await openTestPhoenix();
    const second = another();
    const options = { schema, tenantOf: verifyTenant };
    const erasures = createPhoenixErasures(client, options);
    return {
      erasures: [erasures, createPhoenixErasures(second, options)],
      begin: (tenant, erasure) => erasures.begin(tenant, erasure, new Map([[0, 5]]), signal),
      async close() {
        await second.close();
        await drop();
      },
    };
  });

  test('of a lead that is erased again the greatest positions count, and few rows are kept', async () => {
    const { client, schema, drop } = await openTestPhoenix();
    const [tenant, other] = [verifyTenant('lines-1'), verifyTenant('lines-2')];
    const erasures = createPhoenixErasures(client, { schema, tenantOf: verifyTenant });
    const erased = createPhoenixErasedLeads(client, { schema });
    const [ann, bob] = [`${'a'.repeat(21)}A`, `${'b'.repeat(21)}A`];
    const begin = (id: string, leads: readonly string[], ...lines: [number, number][]) =>
      erasures.begin(tenant, { id, leads, at: NOW }, new Map(lines), signal);
    const read = async (of = tenant) => {
      const found = await erased.linesOf(of, [ann, bob], signal);
      return [...found].map(([lead, lines]) => [lead, [...lines].sort()]).sort();
    };
    assert.deepEqual(await read(), []);
    await begin('one', [ann], [0, 10], [1, 20]);
    await begin('two', [ann, bob], [0, 9], [1, 30]);
    const both = [
      [
        ann,
        [
          [0, 10],
          [1, 30],
        ],
      ],
      [
        bob,
        [
          [0, 9],
          [1, 30],
        ],
      ],
    ];
    assert.deepEqual(await read(), both);
    assert.deepEqual(await read(other), []);
    for (let n = 0; n < 30; n += 1) await begin(`again-${n}`, [ann, bob], [0, 100 + n], [1, 100 + n]);
    assert.deepEqual(
      await read(),
      [ann, bob].map((lead) => [
        lead,
        [
          [0, 129],
          [1, 129],
        ],
      ]),
    );
    await drop();
  });
});
