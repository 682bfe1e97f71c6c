import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { leadKey } from '../../../src/domain/lead.ts';
import { marketoActivityId, marketoLeadId, parseMarketoLeadId } from '../../../src/domain/marketo-ids.ts';
import { anActivity } from '../../support/activities.ts';
import { unkeyed } from '../../support/id-space.ts';

const lead = (externalId: string | null, anonymousId = 'device') => ({
  externalId,
  key: leadKey(
    unkeyed('acme'),
    externalId === null ? { kind: 'anonymous', anonymousId } : { kind: 'known', externalId },
  ),
});

test('a lead whose external id is a number has that number, and is found by it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 52 - 1 }), (number) => {
      assert.equal(marketoLeadId(lead(String(number))), number);
      assert.deepEqual(parseMarketoLeadId(number), {
        identity: { kind: 'known', externalId: String(number) },
      });
    }),
  );
});

test('every other lead has a number that JSON keeps exactly and that leads back to its key', () => {
  const text = fc.oneof(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }),
    fc.constantFrom('007', '0', '-1', '1.5', '1e3', '4503599627370496', '99999999999999999999', ' 1'),
  );
  fc.assert(
    fc.property(fc.oneof(fc.constant(null), text), fc.string({ minLength: 1 }), (externalId, device) => {
      fc.pre(externalId === null || !/^[1-9]\d{0,14}$/.test(externalId));
      const one = lead(externalId, device);
      const number = marketoLeadId(one);
      assert.ok(Number.isSafeInteger(number) && number >= 2 ** 52);
      assert.equal(JSON.parse(JSON.stringify(number)), number);
      const parsed = parseMarketoLeadId(number);
      assert.ok(parsed && 'keyPrefix' in parsed);
      assert.equal(parsed.keyPrefix, one.key.slice(0, 8));
      assert.ok(parsed.has(one.key));
      assert.ok(!parsed.has(lead(null, `${device}x`).key));
    }),
  );
});

test('what is no number of a lead is none', () => {
  for (const id of [0, -1, 1.5, Number.NaN, 2 ** 53, Number.POSITIVE_INFINITY])
    assert.equal(parseMarketoLeadId(id), undefined);
});

test('an activity has the same number on every machine, and many have different ones', () => {
  const activities = Array.from({ length: 10_000 }, (_, n) => anActivity('acme', { messageId: `m-${n}` }));
  const numbers = activities.map(({ id }) => marketoActivityId(id));
  assert.ok(numbers.every((number) => Number.isSafeInteger(number) && number >= 0));
  assert.equal(new Set(numbers).size, numbers.length);
  assert.equal(marketoActivityId(anActivity('acme', { messageId: 'm-7', occurredAt: 5 }).id), numbers[7]);
});
