import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { openKafkaLog } from '../../src/datasources/activity-log/kafka/adapter.ts';
import {
  type KafkaConfig,
  repeatsTopic,
  uniqueTopic,
} from '../../src/datasources/activity-log/kafka/config.ts';
import type { ActivityLog } from '../../src/datasources/activity-log/port.ts';
import { createPhoenixStore } from '../../src/datasources/activity-store/phoenix/adapter.ts';
import type { ActivityReads, ActivityRows } from '../../src/datasources/activity-store/port.ts';
import { createPhoenixFailedActivities } from '../../src/datasources/failed-activities/phoenix/adapter.ts';
import { createRandom } from '../../src/demo/random.ts';
import type { Activity, LogRecord } from '../../src/domain/activity.ts';
import { verifyTenant } from '../../src/domain/tenant.ts';
import { anActivity, NOW } from '../support/activities.ts';
import { type Child, startChild } from '../support/child.ts';
import { engineSkip } from '../support/engines.ts';
import { isCaughtUp, kafkaTopics } from '../support/kafka.ts';
import { placesByKafkajs, type ReadMessage, readAll, untilCommitted } from '../support/kafka-read.ts';
import { openTestPhoenix } from '../support/phoenix.ts';
import { until } from '../support/until.ts';
import { openSettleStage, type TestStage } from './settle-stage.ts';

const signal = new AbortController().signal;
const [tenant, other] = [verifyTenant('acme'), verifyTenant('globex')];
const asRecord = (activity: Activity): LogRecord => ({ kind: 'activity', activity });
const activitiesOf = (messages: readonly ReadMessage[]): Activity[] =>
  messages.flatMap(({ record }) => (record.kind === 'activity' ? [record.activity] : []));

describe('unique log', { skip: engineSkip('kafka', 'phoenix') }, () => {
  let kafka: KafkaConfig;
  let remove: () => Promise<void>;
  let phoenix: Awaited<ReturnType<typeof openTestPhoenix>>;
  let log: ActivityLog;
  let store: ActivityReads & ActivityRows;
  const children: Child[] = [];

  before(async () => {
    ({ kafka, remove } = await kafkaTopics(4));
    phoenix = await openTestPhoenix();
    log = openKafkaLog(kafka);
    store = createPhoenixStore(phoenix.client, phoenix);
  });
  after(async () => {
    await Promise.all(children.map((child) => child.kill()));
    await log.close();
    await remove();
    await phoenix.drop();
  });

  const openStage = () => openSettleStage(kafka, phoenix.schema, () => {});
  const isSettled = async ({ settle, repeats }: TestStage): Promise<boolean> => {
    if (!(await isCaughtUp(settle, 4))) return false;
    for (const topic of [uniqueTopic(kafka), repeatsTopic(kafka)]) await untilCommitted(kafka, topic);
    return isCaughtUp(repeats, 4);
  };

  test('of messages sent again, each passes once: within a batch, of another lead, after a restart; the first in the log wins everywhere', async () => {
    const messageId = 'twice';
    const first = anActivity(tenant.id, { messageId, externalId: 'ann', attributes: { body: 1 } });
    const again = anActivity(tenant.id, { messageId, externalId: 'bob', occurredAt: NOW + 1 });
    const elsewhere = anActivity(other.id, { messageId, externalId: 'ann' });
    // The store had the second one first: as when two processes write at once.
    await store.put([{ tenant, activities: [again] }], signal);
    await log.append(tenant, [asRecord(first), asRecord(first)], signal);
    await log.append(other, [asRecord(elsewhere)], signal);
    const stage = await openStage();
    await until('all is settled', () => isSettled(stage));
    await log.append(tenant, [asRecord(again), asRecord(first)], signal);
    await until('all is settled', () => isSettled(stage));
    await stage.close();
    const more: LogRecord[] = [
      asRecord(again),
      {
        kind: 'lead',
        update: {
          identity: { kind: 'known', externalId: 'ann' },
          email: null,
          traits: { x: 1 },
          links: [],
          at: NOW,
        },
      },
      { kind: 'campaign', campaign: { id: 'c', name: 'C', createdAt: NOW } },
      {
        kind: 'type',
        type: { name: 'Watch', category: 'CUSTOM', description: '', conversion: true, attributes: [] },
      },
    ];
    await log.append(tenant, more, signal);
    const next = await openStage();
    await until('all is settled', () => isSettled(next));
    await next.close();

    const seen = await readAll(kafka, uniqueTopic(kafka));
    assert.deepEqual(
      activitiesOf(seen).toSorted((a, b) => (a.id < b.id ? -1 : 1)),
      [first, elsewhere].toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    );
    for (const { tenant: id, record, facts } of seen)
      assert.deepEqual(
        facts,
        record.kind === 'activity' ? { tenant: id, id: record.activity.id } : undefined,
      );
    const others = seen.map(({ record }) => record).filter(({ kind }) => kind !== 'activity');
    assert.deepEqual(new Set(others.map(({ kind }) => kind)), new Set(['lead', 'campaign', 'type']));
    for (const record of others)
      assert.ok(more.some((one) => JSON.stringify(one) === JSON.stringify(record)));
    assert.deepEqual(await store.activities(other, [elsewhere.id], signal), [elsewhere]);
    assert.deepEqual(await store.activities(tenant, [first.id, again.id], signal), [first, null]);
    const repeats = activitiesOf(await readAll(kafka, repeatsTopic(kafka)));
    assert.deepEqual(
      repeats.map(({ id }) => id).toSorted(),
      [again.id, again.id, first.id, first.id].toSorted(),
    );
  });

  test('a repeat that says something else is kept as a failed activity, once however often the log is read; a retry is not', async () => {
    const said = (contentDigest: string, externalId = 'dan') =>
      anActivity(tenant.id, { messageId: 'squatted', contentDigest, externalId });
    const failures = createPhoenixFailedActivities(phoenix.client, { ...phoenix, retentionMs: 86_400_000 });
    const conflicts = async () =>
      (
        await failures.list(
          tenant,
          {
            codes: ['CONFLICT'],
            source: null,
            reason: null,
            from: null,
            to: null,
            replayed: false,
            first: 10,
            after: null,
          },
          signal,
        )
      ).failures;
    const first = asRecord(said('aaaaaaaa'));
    await log.append(tenant, [first, first, asRecord(said('bbbbbbbb'))], signal);
    const stage = await openStage();
    await until('all is settled', () => isSettled(stage));
    await log.append(tenant, [first, asRecord(said('cccccccc')), asRecord(said('cccccccc', 'eve'))], signal);
    await until('all is settled', () => isSettled(stage));
    await stage.close();
    const bodies = (await conflicts()).map(({ body }) => JSON.parse(body ?? '') as LogRecord);
    assert.deepEqual(
      bodies.map((record) => record.kind === 'activity' && record.activity.contentDigest).sort(),
      ['bbbbbbbb', 'cccccccc'],
    );
  });

  test('processes are killed and stopped at any moment: a reader of committed records sees each message once', async () => {
    const random = createRandom(20_261_124);
    /** Ids by message, of everything that was ever said under it. */
    const sent = new Map<string, Set<string>>();
    const past: { readonly messageId: string; readonly lead: number }[] = [];
    const before = new Set(
      activitiesOf(await readAll(kafka, uniqueTopic(kafka))).map(({ messageId }) => messageId),
    );

    const draw = (): Activity => {
      const isRepeat = past.length > 0 && random.chance(0.3);
      const { messageId, lead } = isRepeat
        ? random.pick(past)
        : { messageId: `m-${past.length}`, lead: random.between(0, 300) };
      if (!isRepeat) past.push({ messageId, lead });
      const isOther = isRepeat && random.chance(0.4);
      const activity = anActivity(tenant.id, {
        messageId,
        externalId: `lead-${isOther ? random.between(0, 300) : lead}`,
        occurredAt: isRepeat && random.chance(0.4) ? NOW + random.between(1, 1000) : NOW,
        // Repeats are put right so long after it.
        receivedAt: Date.now(),
      });
      sent.set(messageId, (sent.get(messageId) ?? new Set()).add(activity.id));
      return activity;
    };
    /** As the API does: to the log and, for most, to the store, in no order between the two. */
    const append = async (count: number): Promise<void> => {
      for (let done = 0; done < count; done += 100) {
        const activities = Array.from({ length: 100 }, draw);
        await Promise.all([
          log.append(tenant, activities.map(asRecord), signal),
          random.chance(0.7)
            ? store.put([{ tenant, activities: activities.toReversed() }], signal)
            : undefined,
        ]);
        await setTimeout(5);
      }
    };
    const start = (): Child => {
      const child = startChild(join(import.meta.dirname, 'settle-child.ts'), [
        JSON.stringify(kafka),
        phoenix.schema,
      ]);
      children.push(child);
      return child;
    };
    const count = async (): Promise<number> => (await readAll(kafka, uniqueTopic(kafka))).length;

    let spare = start();
    for (let life = 0; life < 8; life += 1) {
      const child = start();
      const appending = append(2_500);
      const from = await count();
      await until('work goes on', async () => (await count()) > from, 90_000);
      await setTimeout(random.between(0, 400));
      if (life === 4) {
        // A process that is taken for dead and wakes up later has to find itself shut out.
        spare.process.kill('SIGSTOP');
        const stopped = spare;
        spare = child;
        const at = await count();
        await appending;
        await append(100);
        await until('the others took over', async () => (await count()) > at, 90_000);
        stopped.process.kill('SIGCONT');
        await setTimeout(random.between(0, 300));
        await stopped.kill();
      } else {
        await (random.chance(0.5) ? child : spare).kill();
        if (child.process.signalCode === null) spare = child;
        await appending;
      }
    }
    const stage = await openStage();
    await spare.stop();
    await until('all is settled', () => isSettled(stage), 120_000);
    await stage.close();

    const seen = await readAll(kafka, uniqueTopic(kafka));
    const activities = activitiesOf(seen).filter(({ messageId }) => !before.has(messageId));
    const counts = Map.groupBy(activities, ({ messageId }) => messageId);
    assert.deepEqual(
      [...counts].filter(([, all]) => all.length !== 1).map(([messageId, all]) => [messageId, all.length]),
      [],
    );
    assert.deepEqual(
      [...sent.keys()].filter((messageId) => !counts.has(messageId)),
      [],
      'none is missing',
    );
    assert.equal(counts.size, sent.size);
    const stored = await store.activities(
      tenant,
      activities.map(({ id }) => id),
      signal,
    );
    assert.deepEqual(stored, activities, 'what passed is what the store has');
    const passed = new Set(activities.map(({ id }) => id));
    const strays = [...sent.values()].flatMap((ids) => [...ids].filter((id) => !passed.has(id)));
    assert.ok(strays.length > 0);
    assert.deepEqual(
      (await store.activities(tenant, strays, signal)).filter((stray) => stray !== null),
      [],
      'of a repeat, nothing is left',
    );
    const places = seen.map(({ partition, offset }) => `${partition} ${offset}`);
    assert.deepEqual(
      (await placesByKafkajs(kafka, uniqueTopic(kafka), places.length)).toSorted(),
      places.toSorted(),
    );
  });
});
