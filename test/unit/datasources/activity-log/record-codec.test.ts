import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  decodeRecord,
  encodeRecord,
  RecordFormatError,
} from '../../../../src/datasources/activity-log/record-codec.ts';
import { anActivity } from '../../../support/activities.ts';
import { anyRecord, RECORD_TENANT as TENANT } from '../../../support/records.ts';

test('every record comes back from its bytes exactly', () => {
  fc.assert(
    fc.property(anyRecord, (value) => {
      assert.deepEqual(decodeRecord(encodeRecord(TENANT, value)), { tenantId: TENANT, record: value });
    }),
  );
});

test('damaged bytes are refused with a RecordFormatError and never crash otherwise', () => {
  fc.assert(
    fc.property(anyRecord, fc.nat(), fc.nat(255), fc.boolean(), (value, place, byte, isCut) => {
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
