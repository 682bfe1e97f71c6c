import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createPhoenixClaims } from '../../src/datasources/activity-store/phoenix/claims.ts';
import { type Claims, digestOf, type First, type LoggedActivity } from '../../src/datasources/claims/port.ts';
import { messageHash } from '../../src/domain/ids.ts';
import { type Tenant, verifyTenant } from '../../src/domain/tenant.ts';
import { DomainError } from '../../src/lib/errors.ts';
import { anActivity, NOW } from '../support/activities.ts';
import { engineSkip } from '../support/engines.ts';
import { openTestPhoenix } from '../support/phoenix.ts';

const signal = new AbortController().signal;
const [acme, globex] = [verifyTenant('acme'), verifyTenant('globex')];

describe('claims in Phoenix', { skip: engineSkip('phoenix') }, () => {
  let fixture: Awaited<ReturnType<typeof openTestPhoenix>>;
  let claims: Claims;
  before(async () => {
    fixture = await openTestPhoenix();
    claims = createPhoenixClaims(fixture.client, fixture);
  });
  after(() => fixture.drop());

  /** Messages `name`-0 …, as they stand in a partition, at far offsets. */
  const entries = (tenant: Tenant, name: string, count: number, partition: number): LoggedActivity[] =>
    Array.from({ length: count }, (_, index) => ({
      activity: anActivity(tenant.id, {
        messageId: `${name}-${index}`,
        externalId: `lead-${partition}`,
        occurredAt: NOW + partition,
        contentDigest: index % 3 === 0 ? null : `digest-${index % 10}`,
      }),
      position: { partition, offset: index + 2 ** 33 },
    }));
  const firstOf = ({ activity, position }: LoggedActivity): First => ({
    id: activity.id,
    position,
    receivedAt: activity.receivedAt,
    digest: digestOf(activity),
    contentDigest: activity.contentDigest,
  });

  test('the first position has the message for ever, and everybody is told which', async () => {
    for (const count of [1, 17, 1_200]) {
      const first = entries(acme, `size-${count}`, count, 1);
      const later = first.map(({ activity, position }) => ({
        activity,
        position: { ...position, offset: position.offset + 1 },
      }));
      const expected = first.map(firstOf);
      for (const asked of [first, entries(acme, `size-${count}`, count, 2), later, first])
        assert.deepEqual(await claims.claim(acme, asked, signal), expected);
    }
    assert.deepEqual(await claims.claim(acme, [], signal), []);
  });

  test('of many that claim the same messages at once, one has each', async () => {
    const rivals = Array.from({ length: 8 }, (_, partition) => entries(acme, 'race', 300, partition));
    const [told, ...others] = await Promise.all(rivals.map((own) => claims.claim(acme, own, signal)));
    for (const answer of others) assert.deepEqual(answer, told);
    told?.forEach((first, index) => {
      assert.deepEqual(first, firstOf(rivals[first.position.partition]?.[index] as LoggedActivity));
    });
  });

  test('what was claimed is found by its message, and nothing else', async () => {
    const [own] = entries(acme, 'find', 1, 3) as [LoggedActivity];
    await claims.claim(acme, [own], signal);
    const hashes = ['find-0', 'find-1'].map((messageId) => messageHash(acme.idSpace, messageId));
    assert.deepEqual(await claims.find(acme, hashes, signal), new Map([[hashes[0], firstOf(own)]]));
    assert.deepEqual(await claims.find(globex, hashes, signal), new Map());
    assert.deepEqual(await claims.find(acme, [], signal), new Map());
  });

  test('one tenant takes nothing from another, not even with the same message', async () => {
    const [mine, theirs] = [entries(acme, 'shared', 20, 1), entries(globex, 'shared', 20, 5)];
    for (const [tenant, own] of [
      [acme, mine],
      [globex, theirs],
      [acme, mine],
    ] as const)
      assert.deepEqual(await claims.claim(tenant, own, signal), own.map(firstOf));
    await assert.rejects(
      claims.claim({ id: 'acme' } as unknown as Tenant, mine, signal),
      (error) => error instanceof DomainError && error.code === 'FORBIDDEN',
    );
  });
});
