import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import schema from '../../../schema/records/unique.v1.schema.json' with { type: 'json' };
import { decodeMessage, encodeMessage } from '../../../src/datasources/activity-log/kafka/message.ts';
import { activityFacts } from '../../../src/datasources/activity-metrics/facts.ts';
import type { LogRecord } from '../../../src/domain/activity.ts';
import { STANDARD_TYPES, standardType } from '../../../src/domain/activity-types.ts';
import { anyRecord, RECORD_TENANT } from '../../support/records.ts';
import { additionsTo, breakingChanges } from './changes.ts';
import { incompatibilities } from './compatibility.ts';
import published from './unique.v1.published.json' with { type: 'json' };

const validate = new Ajv2020({ allErrors: true, allowUnionTypes: true, strictRequired: false }).compile(
  schema,
);
function assertValid(value: unknown): void {
  assert.ok(validate(value), JSON.stringify(validate.errors, null, 2));
}

/** The record as `settle` passes it on, with the facts of an activity. */
function written(record: LogRecord): Buffer {
  if (record.kind !== 'activity') return encodeMessage(RECORD_TENANT, record);
  const facts = activityFacts(RECORD_TENANT, record.activity, standardType(record.activity.type));
  return encodeMessage(RECORD_TENANT, record, { facts });
}

const read = (value: Buffer | string): Record<string, unknown> => JSON.parse(value.toString());

/** Records of any kind; of activities, half are of a standard type, and some of them tell of revenue. */
const record = fc
  .record({
    any: anyRecord,
    type: fc.option(fc.constantFrom(...STANDARD_TYPES.map(({ name }) => name)), { nil: undefined }),
    revenue: fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.string(), fc.constant(null)),
    currency: fc.constantFrom('EUR', 'usd', 'x', null),
  })
  .map(({ any, type, revenue, currency }): LogRecord => {
    if (any.kind !== 'activity' || type === undefined) return any;
    const attributes = { ...any.activity.attributes, revenue, currency };
    return { kind: 'activity', activity: { ...any.activity, type, attributes } };
  });

test('every record that the product writes is valid, and reads as it was', () => {
  fc.assert(
    fc.property(record, (value) => {
      const bytes = written(value);
      assertValid(read(bytes));
      const { tenantId, record: back } = decodeMessage(bytes);
      assert.deepEqual(
        { tenantId, record: back },
        JSON.parse(JSON.stringify({ tenantId: RECORD_TENANT, record: value })),
      );
    }),
    { numRuns: 300 },
  );
});

test('recorded messages of version 1 are valid, and the product reads them', async () => {
  const text = await readFile(join(import.meta.dirname, 'unique.v1.jsonl'), 'utf8');
  const lines = text.trimEnd().split('\n');
  const kinds = new Set<string>();
  for (const line of lines) {
    const message = read(line);
    assertValid(message);
    const { tenantId, record: back } = decodeMessage(Buffer.from(line));
    assert.deepEqual(
      { tenant: tenantId, record: back },
      { tenant: message['tenant'], record: message['record'] },
    );
    kinds.add(back.kind);
  }
  assert.deepEqual(kinds, new Set(['activity', 'lead', 'campaign', 'type']));
});

test('a message of another version is refused, one that names version 1 is read', () => {
  const message = read(
    encodeMessage('acme', { kind: 'campaign', campaign: { id: 'c', name: 'C', createdAt: 1 } }),
  );
  const decode = (version: unknown) => decodeMessage(Buffer.from(JSON.stringify({ version, ...message })));
  assert.equal(decode(1).tenantId, 'acme');
  assertValid({ version: 1, ...message });
  for (const version of [2, '1', null]) {
    assert.throws(() => decode(version), /version/);
    assert.ok(!validate({ version, ...message }));
  }
});

test('the schema breaks no reader of the published one', () => {
  // Additions go into schema/records alone; a release copies them to the published schema here.
  assert.deepEqual(incompatibilities(published, schema), []);
});

test('a change that breaks readers is found, wherever it is made; an addition is none', () => {
  let breaking = 0;
  for (const [what, changed] of breakingChanges(published)) {
    assert.notDeepEqual(incompatibilities(published, changed), [], what);
    breaking += 1;
  }
  assert.ok(breaking > 200, String(breaking));
  let additions = 0;
  for (const [what, changed] of additionsTo(published)) {
    assert.deepEqual(incompatibilities(published, changed), [], what);
    additions += 1;
  }
  assert.ok(additions > 10, String(additions));
});

test('a message that breaks a rule of the schema is invalid', async () => {
  const [line = ''] = (await readFile(join(import.meta.dirname, 'unique.v1.jsonl'), 'utf8')).split('\n');
  const valid = read(line) as { record: { activity: Record<string, unknown> } };
  assertValid(valid);
  for (const name of Object.keys(valid.record.activity)) {
    const { [name]: _gone, ...activity } = valid.record.activity;
    assert.ok(!validate({ ...valid, record: { kind: 'activity', activity } }), name);
  }
  assert.ok(!validate({ ...valid, facts: undefined }));
  assert.ok(!validate({ ...valid, tenant: 'Not a tenant' }));
});
