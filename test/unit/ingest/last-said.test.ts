import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Json } from '../../../src/domain/json.ts';
import type { LeadIdentity, LeadUpdate } from '../../../src/domain/lead.ts';
import {
  currentTraits,
  mergeTraits,
  type TimedValues,
  timedTraits,
} from '../../../src/domain/trait-merge.ts';
import { lastSaid } from '../../../src/ingest/door/last-said.ts';

const IDENTITIES: readonly LeadIdentity[] = [
  { kind: 'known', externalId: 'x' },
  { kind: 'anonymous', anonymousId: 'x' },
  { kind: 'known', externalId: 'y' },
];
const value = fc.oneof(fc.constantFrom<Json>('a', 'b', '10', 9, 10, true, false, null));
const update = fc
  .record({
    identity: fc.constantFrom(...IDENTITIES),
    email: fc.constantFrom('a@x.example', 'z@x.example', null),
    isEmailRemoved: fc.boolean(),
    traits: fc.dictionary(fc.constantFrom('plan', 'age', '__proto__', 'constructor'), value, { maxKeys: 3 }),
    links: fc.constant([] as LeadIdentity[]),
    at: fc.constantFrom(1, 2),
  })
  .map(
    ({ isEmailRemoved, ...said }): LeadUpdate =>
      said.email === null && isEmailRemoved ? { ...said, isEmailRemoved } : said,
  );

/** What a store keeps of updates, in whatever order they reach it. */
const kept = (updates: readonly LeadUpdate[]): TimedValues =>
  updates.map(({ traits, at }) => timedTraits(traits, at)).reduce(mergeTraits, {});
const emailOf = (updates: readonly LeadUpdate[]): Json => {
  const said = updates.flatMap(({ email, isEmailRemoved, at }) =>
    email === null && !isEmailRemoved ? [] : [{ email: { v: email, t: at } } as TimedValues],
  );
  return said.reduce(mergeTraits, {})['email']?.v ?? null;
};

test('of each trait and of the address the latest holds, and of the same time what was said last, in any order of writing', () => {
  fc.assert(
    fc.property(fc.array(update, { maxLength: 8 }), fc.infiniteStream(fc.nat()), (updates, order) => {
      const settled = lastSaid(updates);
      assert.equal(settled.length, updates.length);
      const shuffled = settled
        .map((one) => ({ one, at: order.next().value as number }))
        .sort((a, b) => a.at - b.at)
        .map(({ one }) => one);
      for (const identity of IDENTITIES) {
        const isOf = (one: LeadUpdate) => JSON.stringify(one.identity) === JSON.stringify(identity);
        // Said in turn, with the later time first: a stable sort keeps the order of what has the same.
        const inTurn = updates.filter(isOf).sort((a, b) => a.at - b.at);
        const traits = new Map<string, Json>();
        let email: Json = null;
        for (const said of inTurn) {
          for (const [name, v] of Object.entries(said.traits)) traits.set(name, v);
          if (said.email !== null || said.isEmailRemoved) email = said.email;
        }
        const expected = [...traits].filter(([, v]) => v !== null).sort();
        assert.deepEqual(Object.entries(currentTraits(kept(shuffled.filter(isOf)))).sort(), expected);
        assert.equal(emailOf(shuffled.filter(isOf)), email);
      }
    }),
    { numRuns: 2_000 },
  );
});

test('what is said of a group that the call leaves behind is not said of the next', () => {
  const identity = IDENTITIES[0] as LeadIdentity;
  const say = (traits: LeadUpdate['traits']): LeadUpdate => ({
    identity,
    email: null,
    traits,
    links: [],
    at: 1,
  });
  const settled = lastSaid([
    say({ groupId: 'g1', 'group.plan': 'enterprise', 'group.name': 'A' }),
    say({ groupId: 'g2', 'group.plan': 'free' }),
    say({ groupId: 'g1', 'group.name': 'B' }),
  ]);
  assert.deepEqual(currentTraits(kept(settled)), {
    groupId: 'g1',
    'group.plan': 'enterprise',
    'group.name': 'B',
  });
});

test('a device and the person it becomes in the call are one', () => {
  const [person, device] = IDENTITIES as [LeadIdentity, LeadIdentity];
  const say = (identity: LeadIdentity, plan: string, links: LeadIdentity[] = []): LeadUpdate => ({
    identity,
    email: null,
    traits: { plan },
    links,
    at: 1,
  });
  const settled = lastSaid([say(device, 'pro'), say(person, 'free', [device])]);
  assert.deepEqual(
    settled.map(({ traits }) => traits),
    [{ plan: 'free' }, { plan: 'free' }],
  );
});
