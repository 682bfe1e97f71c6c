import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Json } from '../../../src/domain/json.ts';
import { withMessageId } from '../../../src/ingest/segment/message-id.ts';
import { CALLS, completeEvent, decodeEvent, type Envelope } from '../../../src/ingest/segment/decode.ts';
import { NOW } from '../../support/activities.ts';

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
      assert.deepEqual(decodeEvent(kept, null, alone), decodeEvent(value, kind, around));
    }),
    { numRuns: 1_000 },
  );
});

