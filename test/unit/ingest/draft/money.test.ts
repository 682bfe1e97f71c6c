import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { STANDARD_TYPES } from '../../../../src/domain/activity-types.ts';
import type { JsonObject } from '../../../../src/domain/json.ts';
import { checkMoney } from '../../../../src/ingest/draft/money.ts';

const typeOf = (name: string) => {
  const type = STANDARD_TYPES.find((known) => known.name === name);
  assert.ok(type);
  return type;
};
const order = typeOf('Complete Order');
const check = (attributes: JsonObject, mode: 'strict' | 'lenient', type = order) =>
  checkMoney(attributes, type, mode, []);

describe('money at the door', () => {
  test('a revenue that no figure can hold is rejected at its path', () => {
    for (const revenue of [1_000_000_000_000.01, -1e13, 1e308])
      assert.deepEqual(check({ revenue }, 'strict'), {
        kind: 'fail',
        error: {
          code: 'INVALID_VALUE',
          message: "'revenue' must be between -1000000000000 and 1000000000000.",
          path: 'attributes.revenue',
        },
      });
    assert.equal(check({ revenue: 1e12 }, 'strict').kind, 'ok');
  });

  test('a schemaless sender loses the bad revenue or currency, not the activity', () => {
    assert.deepEqual(check({ revenue: 1e300, orderId: 'o' }, 'lenient'), {
      kind: 'ok',
      value: { orderId: 'o' },
    });
    assert.deepEqual(check({ revenue: 1, currency: 'gold' }, 'lenient'), {
      kind: 'ok',
      value: { revenue: 1 },
    });
  });

  test('a currency is brought to upper case; one that there is not is rejected at its path', () => {
    assert.deepEqual(check({ revenue: 1, currency: ' eur ' }, 'strict'), {
      kind: 'ok',
      value: { revenue: 1, currency: 'EUR' },
    });
    for (const currency of ['EURO', 'ZZZ', '€', '']) {
      const checked = check({ revenue: 1, currency }, 'strict');
      assert.equal(checked.kind === 'fail' && checked.error.path, 'attributes.currency', currency);
    }
  });

  test('attributes of these names of other types, and without each other, are left alone', () => {
    assert.deepEqual(check({ revenue: 1e300 }, 'strict', typeOf('Track Event')), {
      kind: 'ok',
      value: { revenue: 1e300 },
    });
    assert.deepEqual(check({ currency: 'gold' }, 'strict'), { kind: 'ok', value: { currency: 'gold' } });
  });
});
