import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  decodeRecord,
  encodeRecord,
  RecordFormatError,
} from '../../../../src/datasources/activity-log/record-codec.ts';
import type { LogRecord, Source } from '../../../../src/domain/activity.ts';
import type { AttributeDataType } from '../../../../src/domain/activity-types.ts';
import { AGENT_KINDS } from '../../../../src/domain/agent-kind.ts';
import type { JsonObject } from '../../../../src/domain/json.ts';
import type { LeadIdentity } from '../../../../src/domain/lead.ts';
import { anActivity } from '../../../support/activities.ts';

const TENANT = 'acme-1';
const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 });
// As JSON.parse gives it: JSON.stringify writes -0 as 0, so no store could give it back.
const json = fc
  .dictionary(text, fc.jsonValue({ noUnicodeString: false }), { maxKeys: 6 })
  .map((value) => JSON.parse(JSON.stringify(value)) as JsonObject);
const time = fc.integer({ min: 0, max: 2 ** 48 - 1 });
const orNull = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary, { nil: null });
const identity: fc.Arbitrary<LeadIdentity> = fc.oneof(
  text.map((externalId) => ({ kind: 'known' as const, externalId })),
  text.map((anonymousId) => ({ kind: 'anonymous' as const, anonymousId })),
);

const activity: fc.Arbitrary<LogRecord> = fc
  .record({
    who: identity,
    messageId: text,
    type: text,
    occurredAt: time,
    receivedAt: time,
    campaign: orNull(fc.record({ id: text, name: orNull(text) })),
    assetId: orNull(text),
    channel: text,
    source: fc.constantFrom<Source>('graphql', 'segment', 'marketo', 'import', 'demo'),
    attributes: json,
    context: json,
    country: orNull(text),
    device: orNull(text),
    isBot: fc.boolean(),
    agentKind: fc.constantFrom(...AGENT_KINDS, null),
    enrichmentVersion: fc.nat(),
    contentDigest: orNull(text),
  })
  .map(({ who, ...rest }) => ({
    kind: 'activity',
    activity: anActivity(TENANT, {
      ...rest,
      ...(who.kind === 'known' ? { externalId: who.externalId } : { anonymousId: who.anonymousId }),
    }),
  }));
const lead: fc.Arbitrary<LogRecord> = fc
  .record({
    identity,
    email: orNull(text),
    traits: json,
    links: fc.array(identity, { maxLength: 4 }),
    at: time,
    flag: fc.constantFrom(
      {},
      { isFromActivity: true as const },
      { isEmailRemoved: true as const, email: null },
    ),
  })
  .map(({ flag, ...update }) => ({ kind: 'lead', update: { ...update, ...flag } }));
const campaign: fc.Arbitrary<LogRecord> = fc
  .record({ id: text, name: text, createdAt: time })
  .map((value) => ({ kind: 'campaign', campaign: value }));
const type: fc.Arbitrary<LogRecord> = fc
  .record({
    name: text,
    category: fc.constantFrom('WEB', 'EMAIL', 'MOBILE', 'CRM', 'CUSTOM'),
    description: text,
    conversion: fc.boolean(),
    attributes: fc.array(
      fc.record({
        name: text,
        dataType: fc.constantFrom<AttributeDataType>(
          'STRING',
          'INTEGER',
          'NUMBER',
          'BOOLEAN',
          'DATETIME',
          'URL',
        ),
        description: text,
        required: fc.boolean(),
        pii: fc.boolean(),
      }),
      { maxLength: 4 },
    ),
  })
  .map((value) => ({ kind: 'type', type: value }));
// Plain objects, as they come from a parser; fast-check makes some without a prototype.
const record = fc.oneof(activity, lead, campaign, type).map((value) => structuredClone(value));

test('every record comes back from its bytes exactly', () => {
  fc.assert(
    fc.property(record, (value) => {
      assert.deepEqual(decodeRecord(encodeRecord(TENANT, value)), { tenantId: TENANT, record: value });
    }),
  );
});

test('damaged bytes are refused with a RecordFormatError and never crash otherwise', () => {
  fc.assert(
    fc.property(record, fc.nat(), fc.nat(255), fc.boolean(), (value, place, byte, isCut) => {
      const bytes = Buffer.from(encodeRecord(TENANT, value));
      const at = place % bytes.length;
      const damaged = isCut ? bytes.subarray(0, at) : bytes;
      if (!isCut) damaged[at] = byte;
      try {
        decodeRecord(damaged);
      } catch (error) {
        assert.ok(error instanceof RecordFormatError, String(error));
      }
    }),
  );
});

test('an activity under the name of another tenant, message or lead is refused', () => {
  const encoded = Buffer.from(
    encodeRecord(TENANT, { kind: 'activity', activity: anActivity(TENANT, { messageId: 'm-1' }) }),
  );
  for (const [from, to] of [
    ['acme-1', 'acme-2'],
    ['m-1', 'm-2'],
    ['lead-1', 'lead-2'],
  ] as const) {
    const forged = Buffer.from(encoded);
    forged.write(to, forged.indexOf(from));
    assert.throws(() => decodeRecord(forged), RecordFormatError);
  }
});

test('an activity whose id was not made from its lead and time is not written', () => {
  const one = anActivity(TENANT);
  assert.throws(
    () => encodeRecord(TENANT, { kind: 'activity', activity: { ...one, occurredAt: one.occurredAt + 1 } }),
    RecordFormatError,
  );
});

test('an activity from before the version of its enrichment or the kind of its agent was recorded is read without', () => {
  const one = anActivity(TENANT, {
    attributes: { a: 1 },
    isBot: true,
    agentKind: 'SCANNER',
    contentDigest: 'AAAAAAAA',
  });
  const bytes = Buffer.from(encodeRecord(TENANT, { kind: 'activity', activity: one }));
  const start = bytes.indexOf('[');
  const fields = JSON.parse(bytes.toString('utf8', start)) as unknown[];
  assert.equal(fields.length, 17);
  for (const [length, enrichmentVersion, contentDigest] of [
    [14, 0, null],
    [15, one.enrichmentVersion, null],
    [16, one.enrichmentVersion, one.contentDigest],
  ] as const) {
    const body = Buffer.from(JSON.stringify(fields.slice(0, length)));
    assert.deepEqual(decodeRecord(Buffer.concat([bytes.subarray(0, start), body])), {
      tenantId: TENANT,
      record: { kind: 'activity', activity: { ...one, enrichmentVersion, contentDigest, agentKind: null } },
    });
  }
});
