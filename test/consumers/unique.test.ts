import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { createClaimsTable } from '../../src/consumers/claims-phoenix.ts';
import { openKafkaLog } from '../../src/datasources/activity-log/kafka.ts';
import { type KafkaConfig, uniqueTopic } from '../../src/datasources/activity-log/kafka-config.ts';
import type { ActivityLog } from '../../src/datasources/activity-log/port.ts';
import type { ActivityStore } from '../../src/datasources/activity-store/port.ts';
import { createPostgresStore } from '../../src/datasources/activity-store/postgres.ts';
import type { Db } from '../../src/datasources/db/db.ts';
import { migrate } from '../../src/datasources/db/migrate.ts';
import { openPg } from '../../src/datasources/db/pg.ts';
import { migrations } from '../../src/datasources/migrations.ts';
import { createRandom } from '../../src/demo/random.ts';
import type { Activity, LogRecord } from '../../src/domain/activity.ts';
import { verifyTenant } from '../../src/domain/tenant.ts';
import { openAvatica } from '../../src/wire/avatica/client.ts';
import { anActivity, NOW } from '../support/activities.ts';
import { type Child, startChild, until } from '../support/child.ts';
import { serverUrl } from '../support/databases.ts';
import { engine, engineSkip } from '../support/engines.ts';
import { kafkaTopics } from '../support/kafka.ts';
import { placesByKafkajs, type ReadMessage, readAll } from '../support/kafka-read.ts';
import { freshDatabase } from '../support/postgres.ts';
import { openUniqueStage } from './unique-stage.ts';

const signal = new AbortController().signal;
const [tenant, other] = [verifyTenant('acme'), verifyTenant('globex')];
const asRecord = (activity: Activity): LogRecord => ({ kind: 'activity', activity });
const activitiesOf = (messages: readonly ReadMessage[]): Activity[] =>
  messages.flatMap(({ record }) => (record.kind === 'activity' ? [record.activity] : []));

/** Where claims are kept: in Phoenix if the run has it, as in a cluster. */
const schema = engineSkip('phoenix') ? '' : `T${randomBytes(5).toString('hex').toUpperCase()}`;

describe('unique log', { skip: engineSkip('kafka') }, () => {
  let kafka: KafkaConfig;
  let remove: () => Promise<void>;
  let url: string;
  let db: Db;
  let log: ActivityLog;
  let store: ActivityStore;
  const children: Child[] = [];
  const reported: unknown[] = [];

  before(async () => {
    ({ kafka, remove } = await kafkaTopics(4));
    url = await freshDatabase(await serverUrl());
    db = openPg({ url, connections: 4, statementTimeoutMs: 30_000 });
    await migrate(db, migrations);
    // A process that is stopped in mid-transaction must not hold its locks for as long as it is.
    await db.exec(
      `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET idle_in_transaction_session_timeout = 1000', current_database()); END $$`,
    );
    log = openKafkaLog(kafka);
    store = createPostgresStore(db, []);
    if (schema) await onPhoenix((client) => createClaimsTable(client, { schema }, signal));
  });
  after(async () => {
    await Promise.all(children.map((child) => child.kill()));
    await log.close();
    await db.close();
    await remove();
    if (schema)
      await onPhoenix(async (client) => {
        await client.query(`DROP TABLE IF EXISTS ${schema}.MESSAGE_CLAIMS`);
        await client.query(`DROP SCHEMA IF EXISTS ${schema}`);
      });
  });
  const onPhoenix = async (work: (client: ReturnType<typeof openAvatica>) => Promise<unknown>) => {
    const client = openAvatica({ url: engine('phoenix'), timeoutMs: 60_000 });
    await work(client).finally(() => client.close());
  };

  const openStage = () => openUniqueStage(kafka, url, schema, (error) => reported.push(error));
  const isCaughtUp = async (lag: () => Promise<ReadonlyMap<number, number>>): Promise<boolean> => {
    const own = await lag();
    return own.size === 4 && [...own.values()].every((one) => one === 0);
  };

  test('of messages sent again, each passes once: within a batch, of another lead, after a restart; as the store has it', async () => {
    const messageId = 'twice';
    const first = anActivity(tenant.id, { messageId, externalId: 'ann', attributes: { body: 1 } });
    const again = anActivity(tenant.id, { messageId, externalId: 'bob', occurredAt: NOW + 1 });
    const elsewhere = anActivity(other.id, { messageId, externalId: 'ann' });
    // The store had the second one first: as when the log did not take what the store had taken already.
    await store.write(tenant, [again], signal);
    await log.append(tenant, [asRecord(first), asRecord(first)], signal);
    await log.append(other, [asRecord(elsewhere)], signal);
    const stage = await openStage();
    await until('all is settled', () => isCaughtUp(stage.lag));
    await log.append(tenant, [asRecord(again), asRecord(first)], signal);
    await until('all is settled', () => isCaughtUp(stage.lag));
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
    await until('all is settled', () => isCaughtUp(next.lag));
    await next.close();

    const seen = await readAll(kafka, uniqueTopic(kafka));
    assert.deepEqual(
      activitiesOf(seen).toSorted((a, b) => (a.id < b.id ? -1 : 1)),
      [again, elsewhere].toSorted((a, b) => (a.id < b.id ? -1 : 1)),
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
  });

  test('processes are killed and stopped at any moment: a reader of committed records sees each message once', async () => {
    const random = createRandom(20_261_124);
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
          // A stopped process may hold locks in the store: what the store does not take now is repaired.
          random.chance(0.7)
            ? store.write(tenant, activities.toReversed(), signal).catch(() => {})
            : undefined,
        ]);
        await setTimeout(5);
      }
    };
    const start = (): Child => {
      const child = startChild(join(import.meta.dirname, 'unique-child.ts'), [
        JSON.stringify(kafka),
        url,
        schema,
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
    await until('all is settled', () => isCaughtUp(stage.lag), 120_000);
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
    const places = seen.map(({ partition, offset }) => `${partition} ${offset}`);
    assert.deepEqual(
      (await placesByKafkajs(kafka, uniqueTopic(kafka), places.length)).toSorted(),
      places.toSorted(),
    );
  });
});
