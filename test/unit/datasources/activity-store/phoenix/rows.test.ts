import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  activityFrom,
  encodeActivity,
  summaryFrom,
} from '../../../../../src/datasources/activity-store/phoenix/rows.ts';
import { AGENT_KINDS } from '../../../../../src/domain/agent-kind.ts';
import type { JsonObject } from '../../../../../src/domain/json.ts';
import { anActivity } from '../../../../support/activities.ts';

/** Texts that look like what parts of a body are found by, among others. */
const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.constantFrom(',"attributes":', ',"country":', '"attributes"', 'country', '\\",\\"country\\":', '}'),
);
const { details } = fc.letrec<{ details: Record<string, unknown>; value: unknown }>((tie) => ({
  details: fc.dictionary(text, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  value: fc.oneof(
    { depthSize: 'small' },
    text,
    fc.integer(),
    fc.constant(null),
    tie('details'),
    fc.array(text),
  ),
}));
const activity = fc
  .record({
    messageId: text.filter((id) => id !== ''),
    externalId: text.filter((id) => id !== ''),
    type: text,
    assetId: fc.option(text),
    channel: text,
    campaign: fc.option(fc.record({ id: text, name: fc.option(text) }, { noNullPrototype: true })),
    country: fc.option(text),
    device: fc.option(text),
    isBot: fc.boolean(),
    agentKind: fc.constantFrom(...AGENT_KINDS, null),
    attributes: details,
    context: details,
  })
  .map(({ attributes, context, ...rest }) =>
    anActivity('acme', { ...rest, attributes: attributes as JsonObject, context: context as JsonObject }),
  );

test('a row gives its activity back, whole or without its details, whatever its texts are', () => {
  fc.assert(
    fc.property(activity, (one) => {
      const { key, body } = encodeActivity(one);
      const row = { ROW_KEY: key, BODY: body };
      assert.deepEqual(activityFrom(row), one);
      const { attributes, context, ...rest } = one;
      assert.deepEqual(summaryFrom(row), rest);
    }),
    { numRuns: 1_000 },
  );
});
