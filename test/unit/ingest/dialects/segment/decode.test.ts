import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Json } from '../../../../../src/domain/json.ts';
import { CALLS, completeEvent, decodeEvent } from '../../../../../src/ingest/dialects/segment/decode.ts';
import { withMessageId } from '../../../../../src/ingest/dialects/segment/message-id.ts';
import type { Envelope } from '../../../../../src/ingest/dialects/segment/said.ts';
import type { Item } from '../../../../../src/ingest/draft/draft.ts';
import { NOW } from '../../../../support/activities.ts';

const json = fc.jsonValue({ noUnicodeString: false }) as fc.Arbitrary<Json>;
const time = fc.oneof(
  json,
  fc.constantFrom('2026-06-15T11:00:00Z', '2026-06-15T11:00:00.123456+00:00', 'noon'),
);
/** Events that are nearly right, with anything in any place. */
const event = fc
  .dictionary(
    fc.constantFrom(
      'type',
      'event',
      'userId',
      'anonymousId',
      'messageId',
      'timestamp',
      'sentAt',
      'previousId',
    ),
    fc.oneof(json, time, fc.constantFrom(...CALLS)),
  )
  .chain((base) =>
    fc
      .record(
        {
          properties: json,
          traits: json,
          context: fc.oneof(
            json,
            fc.dictionary(fc.constantFrom('traits', 'campaign', 'page', 'direct'), json),
          ),
          writeKey: fc.constant('jgw_secret'),
        },
        { requiredKeys: [] },
      )
      .map((more) => JSON.parse(JSON.stringify({ ...base, ...more })) as Json),
  );
const said = fc.oneof(json, event).map((value) => JSON.parse(JSON.stringify(value ?? null)) as Json);
const envelope: fc.Arbitrary<Envelope> = fc.record({
  sentAt: fc.oneof(fc.constant(undefined), time),
  context: fc.oneof(fc.constant(undefined), json),
  receivedAt: fc.oneof(fc.constant(undefined), time),
  arrivedAt: fc.constant(NOW),
  address: fc.constant(undefined),
});
const call = fc.constantFrom(null, ...CALLS);

test('whatever is sent decodes to an activity, a lead or a reason', () => {
  fc.assert(
    fc.property(said, call, envelope, (value, kind, around) => {
      const item = decodeEvent(value, kind, around);
      assert.ok(['activity', 'lead', 'rejected'].includes(item.kind));
    }),
    { numRuns: 1_000 },
  );
});

/** What was left out was told when it came; of what is kept it is gone. */
const withoutWarnings = (item: Item): Item =>
  item.kind === 'rejected' ? item : ({ ...item, draft: { ...item.draft, warnings: [] } } as Item);

test('an event kept by itself decodes to the same as in its batch, and holds no key', () => {
  fc.assert(
    fc.property(said, call, envelope, (raw, kind, around) => {
      const value = withMessageId(raw, true);
      const kept = JSON.parse(JSON.stringify(completeEvent(value, kind, around))) as Json;
      assert.ok(!JSON.stringify(kept).includes('jgw_secret'));
      const alone: Envelope = {
        sentAt: undefined,
        receivedAt: undefined,
        context: undefined,
        arrivedAt: NOW,
        address: undefined,
      };
      assert.deepEqual(
        withoutWarnings(decodeEvent(kept, null, alone)),
        withoutWarnings(decodeEvent(value, kind, around)),
      );
    }),
    { numRuns: 1_000 },
  );
});

test('an event that says when it happened and has no message id has one that a retry has again', () => {
  const base = { type: 'track', event: 'X', userId: 'u' };
  const idOf = (event: Json) => (withMessageId(event, true) as { messageId: string }).messageId;
  for (const field of ['timestamp', 'originalTimestamp']) {
    const time = { [field]: '2026-06-15T11:00:00Z' };
    const first = idOf({ ...base, ...time, sentAt: '2026-06-15T11:59:00Z' });
    assert.equal(first, idOf({ ...base, ...time, sentAt: '2026-06-15T11:59:30Z', writeKey: 'jgw_x' }));
    assert.equal(first, idOf({ ...base, ...time, messageId: 'undefined' }));
    assert.notEqual(first, idOf({ ...base, ...time, event: 'Y' }));
  }
  assert.equal(idOf({ ...base, messageId: 'm' }), 'm');
  assert.equal(idOf({ ...base, messageId: 7 }), 7);
});

test('without a time nothing says that two events are one: each has an id of its own', () => {
  const event = { type: 'track', event: 'X', userId: 'u', sentAt: '2026-06-15T11:59:00Z' };
  const ids = [1, 2, 3].map(() => (withMessageId(event, true) as { messageId: string }).messageId);
  assert.equal(new Set(ids).size, 3);
});

const NONE: Envelope = {
  sentAt: undefined,
  receivedAt: undefined,
  context: undefined,
  arrivedAt: NOW,
  address: undefined,
};
const iso = (ms: number): string => new Date(ms).toISOString();
const MINUTE = 60_000;
const DAY = 86_400_000;

describe('when an event happened', () => {
  const then = NOW - 400 * DAY;
  const cases: readonly (readonly [string, Record<string, Json>, number])[] = [
    ['the timestamp, before the original one', { timestamp: iso(then), originalTimestamp: iso(NOW) }, then],
    ['the original one, where it is alone', { originalTimestamp: iso(then) }, then],
    ['an empty timestamp says nothing', { timestamp: '', originalTimestamp: iso(then) }, then],
    ['nothing said: now', {}, NOW],
    [
      'a clock that is an hour behind',
      { timestamp: iso(NOW - 61 * MINUTE), sentAt: iso(NOW - 60 * MINUTE) },
      NOW - MINUTE,
    ],
    ['a clock of 1970', { timestamp: iso(5_000), sentAt: iso(6_000) }, NOW - 1_000],
    [
      'a delay of the message is no skew',
      { timestamp: iso(NOW - 3 * MINUTE), sentAt: iso(NOW - 2 * MINUTE) },
      NOW - 3 * MINUTE,
    ],
    ['sent before it happened: two clocks', { timestamp: iso(NOW - MINUTE), sentAt: iso(0) }, NOW - MINUTE],
    [
      'an archive: another collector has corrected it',
      {
        timestamp: iso(then),
        originalTimestamp: iso(then - 9),
        sentAt: iso(then),
        receivedAt: iso(then + 50),
      },
      then,
    ],
    [
      'an archive without the corrected time',
      { originalTimestamp: iso(then), sentAt: iso(then + 1), receivedAt: iso(then + 50) },
      then,
    ],
    [
      'an archive of a device whose clock was a day behind',
      { originalTimestamp: iso(then), sentAt: iso(then + 1), receivedAt: iso(then + DAY) },
      then + DAY - 1,
    ],
    ['an archive that says no time of its own', { sentAt: iso(then), receivedAt: iso(then + 50) }, then + 50],
    [
      'what is no time of sending corrects nothing',
      { timestamp: iso(then), sentAt: '2026-02-30T00:00:00Z' },
      then,
    ],
  ];
  for (const [name, said, expected] of cases)
    for (const type of ['track', 'identify'] as const)
      test(`${name} (${type})`, () => {
        const item = decodeEvent({ type, event: 'E', userId: 'u', messageId: 'm', ...said }, null, NONE);
        assert.ok(item.kind !== 'rejected');
        assert.equal(item.kind === 'lead' ? item.draft.at : item.draft.occurredAt, expected);
      });

  test('what a batch says of its sending is said of each event', () => {
    const envelope = { ...NONE, sentAt: iso(then + 1), receivedAt: iso(then + 50) };
    const item = decodeEvent(
      { type: 'track', event: 'E', userId: 'u', originalTimestamp: iso(then) },
      null,
      envelope,
    );
    assert.ok(item.kind === 'activity');
    assert.equal(item.draft.occurredAt, then);
  });

  test('a time that no calendar has is refused with its name', () => {
    for (const name of ['timestamp', 'originalTimestamp']) {
      const item = decodeEvent(
        { type: 'track', event: 'E', userId: 'u', [name]: '2026-02-30T00:00:00Z' },
        null,
        NONE,
      );
      assert.ok(item.kind === 'rejected');
      assert.deepEqual([item.error.code, item.error.path], ['INVALID_TIME', name]);
    }
  });
});
