import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { activityId, messageHash } from '../../../../../src/domain/ids.ts';
import { leadKey } from '../../../../../src/domain/lead.ts';
import { createRecentIds } from '../../../../../src/ingest/write/parallel/recent-ids.ts';
import { unkeyed } from '../../../../support/id-space.ts';

const idOf = (tenant: string, message: number, lead: number, occurredAt: number): string =>
  activityId({
    leadKey: leadKey(unkeyed(tenant), { kind: 'known', externalId: `lead-${lead}` }),
    occurredAt,
    hash: messageHash(unkeyed(tenant), `m-${message}`),
  });
const anId = fc
  .tuple(fc.constantFrom('one', 'two'), fc.nat(12), fc.nat(3), fc.nat(1_000))
  .map(([tenant, message, lead, time]) => ({
    message: `${tenant} ${message}`,
    id: idOf(tenant, message, lead, time),
  }));

/** Some have none. */
const digestOf = (id: string): string | null => (id.charCodeAt(30) % 3 === 0 ? null : id.slice(0, 8));

test('a message is known by the id it was accepted under first, whatever a repeat says; none of another tenant', () => {
  fc.assert(
    fc.property(fc.array(anId), (sent) => {
      const recent = createRecentIds(10_000);
      const firsts = new Map<string, { id: string; contentDigest: string | null }>();
      for (const { message, id } of sent) {
        const digest = digestOf(id);
        assert.deepEqual(recent.firstOf(id), firsts.get(message));
        recent.add(id, digest);
        if (!firsts.has(message)) firsts.set(message, { id, contentDigest: digest });
      }
    }),
  );
});

test('what is forgotten is forgotten whole: an answer is always the first id of that very message', () => {
  const recent = createRecentIds(64);
  const ids = Array.from({ length: 1_000 }, (_, n) => idOf('one', n, n % 7, n));
  for (const id of ids) recent.add(id, digestOf(id));
  const kept = ids.filter((id) => recent.firstOf(id) !== undefined);
  assert.ok(kept.length > 0 && kept.length <= 64);
  for (const id of ids) assert.ok([undefined, id].includes(recent.firstOf(id)?.id));
  const last = ids.at(-1) ?? '';
  assert.deepEqual(recent.firstOf(last), { id: last, contentDigest: digestOf(last) }, 'the latest is there');
});
