import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { EVIDENCE, type Evidence } from '../../../src/datasources/activity-metrics/evidence.ts';
import { ACTIVITY, CAMPAIGN } from '../../../src/domain/activity.ts';
import { ACTIVITY_TYPE } from '../../../src/domain/activity-types.ts';
import { OPENS } from '../../../src/domain/agent-kind.ts';
import { decodeCursor, encodeCursor } from '../../../src/domain/cursor.ts';
import { sendOutcome } from '../../../src/domain/email/outcomes.ts';
import {
  activityId,
  type IdKind,
  messageHash,
  parseActivityId,
  parseGlobalId,
  toGlobalId,
} from '../../../src/domain/ids.ts';
import { LEAD, leadKey } from '../../../src/domain/lead.ts';
import { mergeTraits } from '../../../src/domain/trait-merge.ts';
import { unkeyed } from '../../support/id-space.ts';

const anyText = fc.string({ unit: 'grapheme', minLength: 1 });
const aLead = fc
  .tuple(anyText, anyText)
  .map(([tenant, externalId]) => leadKey(unkeyed(tenant), { kind: 'known', externalId }));
const anActivity = fc
  .tuple(aLead, fc.integer({ min: 0, max: 2 ** 48 - 1 }), anyText)
  .map(([lead, occurredAt, message]) => ({
    leadKey: lead,
    occurredAt,
    hash: messageHash(unkeyed('t'), message),
  }));

test('an activity id leads back to exactly its key, and its order is no accident of text', () => {
  fc.assert(fc.property(anActivity, (key) => assert.deepEqual(parseActivityId(activityId(key)), key)));
});

test('a global id leads back to its type and local id, and has one text only', () => {
  const locals: readonly [IdKind, fc.Arbitrary<string>][] = [
    [LEAD, aLead],
    [ACTIVITY, anActivity.map(activityId)],
    [CAMPAIGN, anyText],
    [ACTIVITY_TYPE, anyText],
  ];
  for (const [kind, local] of locals)
    fc.assert(
      fc.property(local, (id) => {
        const global = toGlobalId(kind, id);
        assert.deepEqual(parseGlobalId(global), { kind, local: id });
        assert.equal(parseGlobalId(`${global}A`)?.local === id, false);
        assert.equal(
          parseGlobalId(global.toLowerCase())?.local === id && global !== global.toLowerCase(),
          false,
        );
      }),
    );
  fc.assert(
    fc.property(fc.string(), (text) => {
      const parsed = parseGlobalId(text);
      if (parsed) assert.equal(toGlobalId(parsed.kind, parsed.local), text);
    }),
  );
});

test('two tenants, kinds or people never share a lead key', () => {
  fc.assert(
    fc.property(anyText, anyText, anyText, (tenant, other, id) => {
      fc.pre(tenant !== other && !`${tenant}${other}${id}`.includes('\0'));
      const keys = [
        leadKey(unkeyed(tenant), { kind: 'known', externalId: id }),
        leadKey(unkeyed(other), { kind: 'known', externalId: id }),
        leadKey(unkeyed(tenant), { kind: 'anonymous', anonymousId: id }),
      ];
      assert.equal(new Set(keys).size, 3);
    }),
  );
});

test('a cursor is taken by its own query and tenant only, and no change to it goes unseen', () => {
  const position = fc.array(fc.oneof(fc.integer(), anyText, fc.constant(null)), {
    minLength: 1,
    maxLength: 4,
  });
  fc.assert(
    fc.property(position, anyText, anyText, fc.nat(), (at, query, other, place) => {
      const scope = { tenantId: 'one', query };
      const cursor = encodeCursor(scope, at);
      assert.deepEqual(decodeCursor(scope, cursor), at);
      assert.throws(() => decodeCursor({ tenantId: 'two', query }, cursor));
      if (other !== query) assert.throws(() => decodeCursor({ tenantId: 'one', query: other }, cursor));
      const index = place % cursor.length;
      const changed = `${cursor.slice(0, index)}${cursor[index] === 'A' ? 'B' : 'A'}${cursor.slice(index + 1)}`;
      assert.throws(() => decodeCursor(scope, changed));
    }),
  );
});

test('a send is exactly one of delivered, bounced, pending and aborted, and what proves delivery cancels a bounce', () => {
  const evidence = fc.record(
    Object.fromEntries(EVIDENCE.map((kind) => [kind, fc.boolean()])) as Record<
      Evidence,
      fc.Arbitrary<boolean>
    >,
  );
  const DAYS = 24 * 3_600_000;
  fc.assert(
    fc.property(evidence, fc.constantFrom(...OPENS), fc.integer({ min: 0, max: 6 }), (seen, opens, days) => {
      const outcome = sendOutcome(seen, 0, { opens, asOf: days * DAYS });
      if (outcome.clicked || outcome.unsubscribed) assert.ok(outcome.opened);
      const isIn = seen.opened || seen.clicked || seen.unsubscribed || seen.markedAsSpam;
      if (isIn) assert.equal(outcome.delivery, 'delivered');
      else if (seen.hardBounced) assert.equal(outcome.delivery, 'hardBounced');
      else if (seen.softBounced) assert.equal(outcome.delivery, 'softBounced');
      else if (seen.delivered) assert.equal(outcome.delivery, 'delivered');
      else assert.equal(outcome.delivery, days >= 3 ? 'aborted' : 'pending');
      for (const other of OPENS)
        assert.equal(sendOutcome(seen, 0, { opens: other, asOf: days * DAYS }).delivery, outcome.delivery);
    }),
  );
});

test('traits merge to the same whatever the order, the grouping and the repeats', () => {
  const traits = fc.dictionary(
    anyText,
    fc.record(
      {
        v: fc.oneof(anyText, fc.integer(), fc.constant(null)),
        t: fc.integer({ min: 0, max: 3 }),
        g: fc.constantFrom('a', 'b'),
      },
      { requiredKeys: ['v', 't'] },
    ),
    { maxKeys: 5 },
  );
  fc.assert(
    fc.property(traits, traits, traits, (a, b, c) => {
      const plain = (value: object) =>
        JSON.stringify(Object.entries(value).sort(([x], [y]) => (x < y ? -1 : 1)));
      assert.deepEqual(plain(mergeTraits(a, b)), plain(mergeTraits(b, a)));
      assert.deepEqual(plain(mergeTraits(mergeTraits(a, b), c)), plain(mergeTraits(a, mergeTraits(b, c))));
      assert.deepEqual(plain(mergeTraits(a, a)), plain(a));
    }),
  );
});
