import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { nearest } from '../../../../src/domain/text/near-names.ts';

const NAMES = ['revenue', 'orderId', 'subject', 'formName', 'formId', 'url', 'link', 'toString'];

describe('near names', () => {
  test('are those that a typing mistake, another case or another style makes of it, nearest first', () => {
    const near = (name: string) => nearest(name, NAMES, 3);
    assert.deepEqual(near('revenu'), ['revenue']);
    assert.deepEqual(near('reveneu'), ['revenue']);
    assert.deepEqual(near('order_id'), ['orderId']);
    assert.deepEqual(near('SUBJECT'), ['subject']);
    assert.deepEqual(near('form'), ['formId', 'formName']);
    assert.deepEqual(near('traits.origin'), []);
    assert.deepEqual(near(''), []);
  });

  test('a name of any length costs no more than its beginning', () => {
    const began = process.cpuUsage();
    nearest(
      'x'.repeat(1_000_000),
      Array.from({ length: 1_000 }, (_, n) => 'y'.repeat(n)),
      5,
    );
    assert.ok(process.cpuUsage(began).user < 5_000_000);
  });
});
