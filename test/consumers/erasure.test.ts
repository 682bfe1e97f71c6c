import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openKafkaLog } from '../../src/datasources/activity-log/kafka/adapter.ts';
import {
  type KafkaConfig,
  repeatsTopic,
  uniqueTopic,
} from '../../src/datasources/activity-log/kafka/config.ts';
import type { ActivityLog } from '../../src/datasources/activity-log/port.ts';
import { createPhoenixStore } from '../../src/datasources/activity-store/phoenix/adapter.ts';
import { createPhoenixClaims } from '../../src/datasources/activity-store/phoenix/claims.ts';
import { createPhoenixErasedLeads } from '../../src/datasources/activity-store/phoenix/erased.ts';
import { createPhoenixErasures } from '../../src/datasources/erasures/phoenix/adapter.ts';
import type { Activity, LogRecord } from '../../src/domain/activity.ts';
import type { Erasure } from '../../src/domain/erasure.ts';
import { hashOfId } from '../../src/domain/ids.ts';
import { type LeadIdentity, type LeadUpdate, leadKey } from '../../src/domain/lead.ts';
import { verifyTenant } from '../../src/domain/tenant.ts';
import { eraseBehind } from '../../src/followers/erase-behind.ts';
import { openPassage } from '../../src/followers/passage.ts';
import { SETTLE } from '../../src/followers/settle.ts';
import { type ActivityOverrides, anActivity, NOW } from '../support/activities.ts';
import { engineSkip } from '../support/engines.ts';
import { isCaughtUp, kafkaTopics } from '../support/kafka.ts';
import { readAll, untilCommitted } from '../support/kafka-read.ts';
import { openTestPhoenix } from '../support/phoenix.ts';
import { until } from '../support/until.ts';
import { openSettleStage, type TestStage } from './settle-stage.ts';

const signal = new AbortController().signal;
const PARTITIONS = 4;

describe('an erasure behind the log', { skip: engineSkip('kafka', 'phoenix') }, () => {
  let kafka: KafkaConfig;
  let remove: () => Promise<void>;
  let phoenix: Awaited<ReturnType<typeof openTestPhoenix>>;
  let log: ActivityLog;
  let tenants = 0;
  before(async () => {
    ({ kafka, remove } = await kafkaTopics(PARTITIONS));
    phoenix = await openTestPhoenix();
    log = openKafkaLog(kafka);
  });
  after(async () => {
    await log.close();
    await remove();
    await phoenix.drop();
  });

  const settled = async (work: (stage: TestStage) => Promise<void> = async () => {}): Promise<void> => {
    const stage = await openSettleStage(kafka, phoenix.schema, () => {});
    await work(stage);
    await until('all is settled', async () => {
      if (!(await isCaughtUp(stage.settle, PARTITIONS))) return false;
      for (const topic of [uniqueTopic(kafka), repeatsTopic(kafka)]) await untilCommitted(kafka, topic);
      return isCaughtUp(stage.repeats, PARTITIONS);
    });
    await stage.close();
  };
  const known = (externalId: string): LeadIdentity => ({ kind: 'known', externalId });
  const device = (anonymousId: string): LeadIdentity => ({ kind: 'anonymous', anonymousId });

  /** A tenant of its own with what a test does to it. */
  const open = () => {
    const tenant = verifyTenant(`behind-${tenants++}`);
    const store = createPhoenixStore(phoenix.client, phoenix);
    const claims = createPhoenixClaims(phoenix.client, phoenix);
    const erased = createPhoenixErasedLeads(phoenix.client, phoenix);
    const erasures = createPhoenixErasures(phoenix.client, { ...phoenix, tenantOf: verifyTenant });
    const keyOf = (identity: LeadIdentity) => leadKey(tenant.idSpace, identity);
    const personOf = async (identity: LeadIdentity) =>
      (await store.persons(tenant, [keyOf(identity)], signal))[0];
    return {
      tenant,
      store,
      claims,
      keyOf,
      personOf,
      activity: (overrides: ActivityOverrides): Activity =>
        anActivity(tenant.id, { ...overrides, occurredAt: NOW }),
      update: (identity: LeadIdentity, more: Partial<LeadUpdate> = {}): LeadUpdate => ({
        identity,
        email: null,
        traits: {},
        links: [],
        at: NOW,
        ...more,
      }),
      append: async (...said: (Activity | LeadUpdate)[]) =>
        log.append(
          tenant,
          said.map(
            (one): LogRecord =>
              'messageId' in one ? { kind: 'activity', activity: one } : { kind: 'lead', update: one },
          ),
          signal,
        ),
      /** As the writer does it. */
      async begin(...identities: LeadIdentity[]): Promise<Erasure> {
        const lines = new Map((await log.partitions(signal)).map(({ partition, next }) => [partition, next]));
        const erasure = { id: `of-${tenant.id}`, leads: identities.map(keyOf), at: NOW };
        await erasures.begin(tenant, erasure, lines, signal);
        await store.erase(tenant, erasure, signal);
        return erasure;
      },
      eraseBehind: (erasure: Erasure) =>
        eraseBehind(
          {
            log,
            store,
            claims,
            erased,
            failures: { put: async () => assert.fail() },
            storeTimeoutMs: 60_000,
          },
          tenant,
          erasure,
          signal,
        ),
      unique: async () =>
        (await readAll(kafka, uniqueTopic(kafka)))
          .filter(({ tenant: id }) => id === tenant.id)
          .map(({ record }) => record),
      idsOf: async (...activities: Activity[]) =>
        (
          await store.activities(
            tenant,
            activities.map(({ id }) => id),
            signal,
          )
        ).map((found) => found?.messageId ?? null),
    };
  };

  test('records before it are left out by who reads them later, with links of others; later records are of a new person', async () => {
    const { activity, update, append, begin, personOf, idsOf, unique } = open();
    const [first, ofDevice, ofBob] = [
      activity({ messageId: 'a', externalId: 'ann' }),
      activity({ messageId: 'd', anonymousId: 'phone' }),
      activity({ messageId: 'b', externalId: 'bob' }),
    ];
    await append(first, ofDevice, ofBob);
    await append(
      update(known('ann'), { email: 'ann@example.com', links: [device('phone')] }),
      update(known('bob'), { traits: { plan: 'pro' }, links: [device('phone'), device('tablet')] }),
    );
    await begin(known('ann'), device('phone'));
    const again = { ...first, receivedAt: NOW + 1 };
    await append(again);
    await append(update(known('ann'), { traits: { plan: 'new' } }));
    await settled();
    assert.deepEqual(await idsOf(ofDevice, ofBob, again), [null, 'b', 'a']);
    const ann = await personOf(known('ann'));
    assert.equal(ann?.lead.email, null);
    assert.deepEqual(ann?.lead.traits, { plan: 'new' });
    assert.deepEqual(ann?.lead.aliases, []);
    assert.equal(await personOf(device('phone')), null);
    assert.deepEqual((await personOf(known('bob')))?.lead.aliases, ['tablet']);
    const passed = JSON.stringify(await unique());
    assert.ok(!passed.includes('ann@example.com') && !passed.includes('phone'));
    assert.ok(passed.includes('tablet') && passed.includes(`"receivedAt":${NOW + 1}`));
  });

  test('what a late write brings back goes again, and the new person stays whole', async () => {
    const { tenant, store, claims, activity, update, append, begin, eraseBehind: again, ...read } = open();
    const old = ['1', '2', '3'].map((messageId) => activity({ messageId, externalId: 'ann' }));
    const oldUpdate = update(known('ann'), { email: 'ann@example.com', traits: { was: 'here' } });
    await append(...old, oldUpdate);
    await settled();
    const erasure = await begin(known('ann'), device('phone'));
    const next = ['2', '4'].map((messageId) => ({
      ...activity({ messageId, externalId: 'ann' }),
      receivedAt: NOW + 60_000,
    }));
    await append(...next);
    await append(update(known('ann'), { traits: { is: 'new' } }));
    // In the partition of another lead.
    await append(update(known('carl'), { links: [device('phone')] }));
    await settled();
    // Writes that were under way.
    await store.put([{ tenant, activities: [old[0] as Activity, old[2] as Activity] }], signal);
    await store.updateLeads(tenant, [oldUpdate], signal);
    const before = await claims.find(
      tenant,
      next.map(({ id }) => hashOfId(id)),
      signal,
    );
    assert.equal(before.size, 2);
    for (let time = 0; time < 2; time += 1) {
      await again(erasure);
      assert.deepEqual(await read.idsOf(...old, ...next), [null, '2', null, '2', '4']);
      const ann = await read.personOf(known('ann'));
      assert.equal(ann?.lead.email, null);
      assert.deepEqual(ann?.lead.traits, { is: 'new' });
      assert.deepEqual((await read.personOf(known('carl')))?.lead.aliases, ['phone']);
      assert.deepEqual(
        await claims.find(
          tenant,
          next.map(({ id }) => hashOfId(id)),
          signal,
        ),
        before,
      );
    }
    // A message of before counts once more, and one of the new person does not.
    await append(
      activity({ messageId: '4', externalId: 'ann' }),
      activity({ messageId: '3', externalId: 'ann' }),
    );
    await settled();
    const passed = (await read.unique()).flatMap((record) =>
      record.kind === 'activity' ? [record.activity.messageId] : [],
    );
    assert.deepEqual(passed.sort(), ['1', '2', '2', '3', '3', '4']);
  });

  test('it is told when a follower has handled all of before', async () => {
    const { activity, append } = open();
    await settled();
    const passage = openPassage(kafka, SETTLE);
    assert.ok(await passage.hasCaughtUp('a', signal));
    await append(activity({ messageId: 'p', externalId: 'eve' }));
    const lines = new Map((await log.partitions(signal)).map(({ partition, next }) => [partition, next]));
    assert.ok(!(await passage.hasPassed(lines, signal)));
    assert.ok(!(await passage.hasCaughtUp('b', signal)));
    await settled();
    assert.ok(await passage.hasPassed(lines, signal));
    await append(activity({ messageId: 'q', externalId: 'eve' }));
    // What came since the first question does not matter.
    assert.ok(await passage.hasCaughtUp('b', signal));
    assert.ok(!(await passage.hasCaughtUp('b', signal)));
    await passage.close();
  });

  test('a repeat of before restores nothing', async () => {
    const { tenant, store, activity, append, begin, idsOf } = open();
    const first = activity({ messageId: 'r', externalId: 'dan' });
    await append(first);
    await append({ ...first, attributes: { other: true }, receivedAt: Date.now() });
    let erasure: Erasure | undefined;
    await settled(async ({ settle }) => {
      await until('the repeat is found', () => isCaughtUp(settle, PARTITIONS));
      // The follower of repeats waits for a moment before it restores the first.
      erasure = await begin(known('dan'));
    });
    assert.ok(erasure);
    assert.deepEqual(await idsOf(first), [null]);
    assert.deepEqual(await store.leads(tenant, erasure.leads, signal), [null]);
  });
});
