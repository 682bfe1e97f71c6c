import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { openKafkaLog } from '../../src/datasources/activity-log/kafka/adapter.ts';
import type { ActivityLog } from '../../src/datasources/activity-log/port.ts';
import { createPhoenixStore } from '../../src/datasources/activity-store/phoenix/adapter.ts';
import type { ActivityReads, ActivityRows } from '../../src/datasources/activity-store/port.ts';
import type { Failure } from '../../src/datasources/failed-activities/port.ts';
import { type LeadUpdate, leadKey } from '../../src/domain/lead.ts';
import { type Tenant, verifyTenant } from '../../src/domain/tenant.ts';
import {
  createParallelWriter,
  type ParallelWriterOptions,
} from '../../src/ingest/write/parallel/parallel-writer.ts';
import type { Writer } from '../../src/ingest/write/writer-port.ts';
import { DomainError } from '../../src/lib/errors.ts';
import { anActivity, NOW } from '../support/activities.ts';
import { engineSkip } from '../support/engines.ts';
import { type KafkaFixture, kafkaTopics } from '../support/kafka.ts';
import { openTestPhoenix } from '../support/phoenix.ts';
import { until } from '../support/until.ts';

const signal = new AbortController().signal;
let tenants = 0;
const newTenant = (): Tenant => verifyTenant(`parallel-${process.pid}-${tenants++}`);
const linkOf = (person: string, device = `device of ${person}`): LeadUpdate => ({
  identity: { kind: 'known', externalId: person },
  email: null,
  traits: {},
  links: [{ kind: 'anonymous', anonymousId: device }],
  at: NOW,
});

describe('writes to log and store at once', { skip: engineSkip('kafka', 'phoenix') }, () => {
  let topics: KafkaFixture;
  let phoenix: Awaited<ReturnType<typeof openTestPhoenix>>;
  let log: ActivityLog;
  let store: ActivityReads & ActivityRows;
  before(async () => {
    [topics, phoenix] = await Promise.all([kafkaTopics(2), openTestPhoenix()]);
    log = openKafkaLog(topics.kafka);
    store = createPhoenixStore(phoenix.client, phoenix);
  });
  after(async () => {
    await log.close();
    await Promise.all([topics.remove(), phoenix.drop()]);
  });

  /** A writer whose calls to the store go through these first, and what each of them had. */
  const open = (
    gates: { rows?: () => Promise<void>; links?: () => Promise<void>; decisions?: () => Promise<void> },
    limits: ParallelWriterOptions['limits'] = {},
  ) => {
    const calls = { rows: [] as number[], links: [] as number[], conflicts: [] as Failure[] };
    const writer: Writer = createParallelWriter({
      log,
      store: {
        ...store,
        async put(groups, stop) {
          calls.rows.push(groups.reduce((sum, { activities }) => sum + activities.length, 0));
          await gates.rows?.();
          await store.put(groups, stop);
        },
        async decideLinks(tenant, updates, stop) {
          await gates.decisions?.();
          await store.decideLinks(tenant, updates, stop);
        },
        async updateLeads(tenant, updates, stop) {
          calls.links.push(updates.length);
          await gates.links?.();
          await store.updateLeads(tenant, updates, stop);
        },
      },
      limits,
      settled: async () => new Map(),
      failures: {
        async put(_tenant, failures) {
          calls.conflicts.push(...failures);
        },
      },
      storeTimeoutMs: 30_000,
      onError: (error) => assert.fail(String(error)),
    });
    return { writer, calls };
  };

  /** Whom the devices of these people are linked to. */
  const ownersOf = async (tenant: Tenant, people: readonly string[]) => {
    const keys = people.map((person) =>
      leadKey(tenant.idSpace, { kind: 'anonymous', anonymousId: `device of ${person}` }),
    );
    return (await store.leads(tenant, keys, signal)).map((lead) => lead?.externalId);
  };

  test('another body under an id that was accepted is a conflict, kept, and not written; a retry is a repeat', async () => {
    const tenant = newTenant();
    const { writer, calls } = open({});
    const said = (contentDigest: string, externalId = 'a') =>
      anActivity(tenant.id, { messageId: 'order-1', contentDigest, externalId });
    const first = said('aaaaaaaa');
    const statusesOf = async (...activities: ReturnType<typeof said>[]) =>
      (await writer.writeActivities(tenant, activities, signal)).map(({ status, id }) => [status, id]);
    // Within one call, and of what was accepted before.
    assert.deepEqual(await statusesOf(first, said('aaaaaaaa'), said('bbbbbbbb')), [
      ['stored', first.id],
      ['duplicate', first.id],
      ['conflict', first.id],
    ]);
    assert.deepEqual(await statusesOf(said('aaaaaaaa', 'other'), said('cccccccc', 'other')), [
      ['duplicate', first.id],
      ['conflict', first.id],
    ]);
    await writer.close();
    assert.deepEqual(calls.rows, [1]);
    assert.deepEqual(
      calls.conflicts.map(({ code, path }) => [code, path]),
      [
        ['CONFLICT', 'messageId'],
        ['CONFLICT', 'messageId'],
      ],
    );
    assert.equal(new Set(calls.conflicts.map(({ id }) => id)).size, 2);
  });

  test('links of a tenant that come while it is linking go together, and none is lost', async () => {
    const tenant = newTenant();
    const gate = Promise.withResolvers<void>();
    const { writer, calls } = open({ links: () => gate.promise });
    const people = Array.from({ length: 40 }, (_, n) => `person-${n}`);
    const writing: Promise<void>[] = [];
    for (const person of people) {
      writing.push(writer.writeLeadUpdates(tenant, [linkOf(person)], signal));
      // Longer than a batch waits for more: each is in one of its own.
      await setTimeout(8);
    }
    assert.deepEqual(calls.links, [1]);
    gate.resolve();
    await Promise.all(writing);
    await writer.close();
    assert.deepEqual(calls.links, [1, people.length - 1]);
    assert.deepEqual(await ownersOf(tenant, people), people);
  });

  test('who is not told is answered before its links are made; closing makes them, few at a time', async () => {
    const tenant = newTenant();
    const gate = Promise.withResolvers<void>();
    const { writer, calls } = open({ links: () => gate.promise });
    const people = Array.from({ length: 700 }, (_, n) => `person-${n}`);
    await Promise.all(
      people.map((person) => writer.writeLeadUpdates(tenant, [linkOf(person)], signal, { isAwaited: false })),
    );
    gate.resolve();
    await writer.close();
    assert.equal(
      calls.links.reduce((sum, links) => sum + links, 0),
      people.length,
    );
    assert.ok(Math.max(...calls.links) <= 250, `${calls.links}`);
    assert.deepEqual(await ownersOf(tenant, people), people);
  });

  test('of those who are not told the first wins, whoever is made first', async () => {
    const tenant = newTenant();
    const { writer } = open({}, { followMs: 0 });
    const device = 'device of first';
    await writer.writeLeadUpdates(tenant, [linkOf('first', device)], signal, { isAwaited: false });
    await writer.writeLeadUpdates(tenant, [linkOf('second', device)], signal, { isAwaited: false });
    await writer.writeLeadUpdates(tenant, [linkOf('third', device)], signal);
    await writer.close();
    assert.deepEqual(await ownersOf(tenant, ['first']), ['first']);
  });

  test('who is told does not overtake a decision of before, whatever came without links in between', async () => {
    const tenant = newTenant();
    const gate = Promise.withResolvers<void>();
    const { writer } = open({ decisions: () => gate.promise }, { followMs: 0 });
    const device = 'device of first';
    const unlinked: LeadUpdate = { ...linkOf('first'), traits: { plan: 'free' }, links: [] };
    await writer.writeLeadUpdates(tenant, [linkOf('first', device)], signal, { isAwaited: false });
    await writer.writeLeadUpdates(tenant, [unlinked], signal, { isAwaited: false });
    const last = writer.writeLeadUpdates(tenant, [linkOf('second', device)], signal);
    // Long enough for the last to be made, if it did not wait.
    await setTimeout(500);
    gate.resolve();
    await last;
    await writer.close();
    assert.deepEqual(await ownersOf(tenant, ['first']), ['first']);
  });

  test('beyond what may be left to follow, senders wait', async () => {
    const tenant = newTenant();
    const gate = Promise.withResolvers<void>();
    const { writer } = open({ links: () => gate.promise }, { followBytes: 1, followMs: 0 });
    await writer.writeLeadUpdates(tenant, [linkOf('a')], signal, { isAwaited: false });
    let isAnswered = false;
    const second = writer
      .writeLeadUpdates(tenant, [linkOf('b')], signal, { isAwaited: false })
      .then(() => (isAnswered = true));
    await setTimeout(200);
    assert.equal(isAnswered, false);
    gate.resolve();
    await second;
    assert.deepEqual(await ownersOf(tenant, ['b']), ['b']);
    await writer.close();
  });

  test('who sends no links is answered while those of the same tenant are still under way', async () => {
    const tenant = newTenant();
    const gate = Promise.withResolvers<void>();
    const { writer, calls } = open({ links: () => gate.promise });
    const linking = writer.writeLeadUpdates(tenant, [linkOf('slow')], signal);
    const [verdict] = await writer.writeActivities(tenant, [anActivity(tenant.id)], signal);
    assert.equal(verdict?.status, 'stored');
    assert.equal(calls.links.length, 1);
    gate.resolve();
    await linking;
    await writer.close();
  });

  test('a sender that gave up and sends the same again is told that it is a repeat, and nothing is written again', async () => {
    const tenant = newTenant();
    const gate = Promise.withResolvers<void>();
    const { writer, calls } = open({ rows: () => gate.promise });
    const sent = [anActivity(tenant.id), anActivity(tenant.id)];
    const patience = new AbortController();
    const first = writer.writeActivities(tenant, sent, patience.signal);
    await until('it is under way', () => calls.rows.length === 1);
    patience.abort(new DomainError('TIMEOUT', 'enough'));
    await assert.rejects(first, { code: 'TIMEOUT' });
    gate.resolve();
    await writer.drain();
    const again = await writer.writeActivities(tenant, sent, signal);
    assert.deepEqual(
      again,
      sent.map(({ id }) => ({ status: 'duplicate', id })),
    );
    assert.deepEqual(calls.rows, [2]);
    await writer.close();
  });
});
