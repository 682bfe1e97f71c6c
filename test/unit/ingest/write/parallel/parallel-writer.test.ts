import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { ActivityRows } from '../../../../../src/datasources/activity-store/port.ts';
import type { Failure } from '../../../../../src/datasources/failed-activities/port.ts';
import type { Activity, LogRecord } from '../../../../../src/domain/activity.ts';
import { hashOfId } from '../../../../../src/domain/ids.ts';
import type { LeadUpdate } from '../../../../../src/domain/lead.ts';
import { type Tenant, verifyTenant } from '../../../../../src/domain/tenant.ts';
import {
  createParallelWriter,
  type ParallelWriterOptions,
} from '../../../../../src/ingest/write/parallel/parallel-writer.ts';
import type { Writer } from '../../../../../src/ingest/write/writer-port.ts';
import { DomainError } from '../../../../../src/lib/errors.ts';
import { anActivity, NOW } from '../../../../support/activities.ts';
import { until } from '../../../../support/until.ts';
import { unreachable } from '../writer-support.ts';

const signal = new AbortController().signal;
const [one, two] = [verifyTenant('one'), verifyTenant('two')];
const isUnavailable = (error: unknown): boolean =>
  error instanceof DomainError && error.code === 'BACKEND_UNAVAILABLE' && error.retryable;
const some = (tenant: Tenant, count: number): Activity[] =>
  Array.from({ length: count }, () => anActivity(tenant.id));
const update: LeadUpdate = {
  identity: { kind: 'known', externalId: 'ann' },
  email: null,
  traits: {},
  links: [{ kind: 'anonymous', anonymousId: 'device' }],
  at: NOW,
};

describe('a write to log and store at once, where either can fail', () => {
  let logged: LogRecord[];
  let rows: Set<string>;
  let done: string[];
  let conflicts: Failure[];
  let errors: unknown[];
  let logFault: () => Promise<void>;
  let storeFault: () => Promise<void>;
  let writer: Writer;
  const idsIn = (records: readonly LogRecord[]): string[] =>
    records.flatMap((record) => (record.kind === 'activity' ? [record.activity.id] : [record.kind]));

  const make = (options: Partial<ParallelWriterOptions> = {}): Writer => {
    const store: ActivityRows = {
      async put(groups) {
        await storeFault();
        for (const { activities } of groups) for (const { id } of activities) rows.add(id);
      },
      complete: async () => {},
      remove: async () => {},
      async decideLinks() {
        await storeFault();
        done.push('decided');
      },
      async updateLeads() {
        await storeFault();
        done.push('linked');
      },
      putCampaigns: async () => {},
      defineType: () => Promise.reject(new Error('no types here')),
    };
    return createParallelWriter({
      log: {
        async append(_tenant, records) {
          await logFault();
          logged.push(...records);
          return records.map((_, offset) => ({ partition: 0, offset }));
        },
        read: () => assert.fail('the writer reads nothing'),
        partitions: async () => [],
        close: async () => {},
      },
      store: { ...store, customTypes: async () => [] },
      settled: async () => new Map(),
      failures: { put: async (_tenant, failures) => void conflicts.push(...failures) },
      onError: (error) => errors.push(error),
      ...options,
    });
  };
  beforeEach(() => {
    [logged, rows, done, conflicts, errors] = [[], new Set(), [], [], []];
    logFault = storeFault = async () => {};
    writer = make();
  });
  afterEach(() => writer.close());

  test('what is accepted is in both, and requests of all tenants share batches', async () => {
    const sent = [...some(one, 20), ...some(two, 20)];
    const verdicts = await Promise.all(
      sent.map((activity, n) => writer.writeActivities(n < 20 ? one : two, [activity], signal)),
    );
    assert.deepEqual(
      verdicts.flat(),
      sent.map(({ id }) => ({ status: 'stored', id })),
    );
    assert.deepEqual(new Set(idsIn(logged)), rows);
    assert.equal(rows.size, 40);
    assert.deepEqual(writer.status(), { queuedBytes: 0, inFlight: 0, repairing: [] });
  });

  test('store down: accepted, because the log has it; the store is left alone for a moment, and then gets more', async () => {
    let calls = 0;
    storeFault = () => {
      calls += 1;
      return Promise.reject(unreachable());
    };
    for (let n = 0; n < 3; n += 1)
      assert.equal((await writer.writeActivities(one, some(one, 1), signal))[0]?.status, 'stored');
    assert.equal(logged.length, 3);
    assert.equal(rows.size, 0);
    assert.equal(calls, 1);
    assert.equal(errors.length, 1);
    storeFault = async () => {};
    await until('the store is asked again', async () => {
      await writer.writeActivities(one, some(one, 1), signal);
      return rows.size > 0;
    });
  });

  test('log down: refused as retryable, and soon before anything is written; the log gets what the store took', async () => {
    logFault = () => Promise.reject(unreachable());
    const sent = some(one, 2);
    await assert.rejects(writer.writeActivities(one, sent, signal), isUnavailable);
    assert.equal(rows.size, 2);
    assert.ok(writer.status().queuedBytes > 0);
    await assert.rejects(writer.writeActivities(one, some(one, 1), signal), isUnavailable);
    assert.equal(rows.size, 2);
    logFault = async () => {};
    await until('appended', () => logged.length > 0);
    assert.deepEqual(
      idsIn(logged),
      sent.map(({ id }) => id),
    );
    assert.equal(writer.status().queuedBytes, 0);
  });

  test('both down: refused, and nothing is anywhere, also later', async () => {
    logFault = storeFault = () => Promise.reject(unreachable());
    await assert.rejects(writer.writeActivities(one, some(one, 2), signal), isUnavailable);
    logFault = storeFault = async () => {};
    await writer.close();
    assert.deepEqual([logged, [...rows]], [[], []]);
  });

  test('a link that its sender waits for is made when it is answered; another is decided, and made before the end', async () => {
    await writer.writeLeadUpdates(one, [update], signal);
    assert.deepEqual(done, ['linked']);
    await writer.writeLeadUpdates(one, [update], signal, { isAwaited: false });
    await writer.close();
    assert.deepEqual(done, ['linked', 'decided', 'linked']);
    assert.deepEqual(idsIn(logged), ['lead', 'lead']);
  });

  test('a link whose append fails is refused, and appended later if the store has it', async () => {
    logFault = () => Promise.reject(unreachable());
    await assert.rejects(writer.writeLeadUpdates(one, [update], signal), isUnavailable);
    logFault = async () => {};
    await writer.close();
    assert.deepEqual(idsIn(logged), ['lead']);
  });

  test('a message that is settled is a repeat or a conflict, and is not written; only a search tells', async () => {
    const first = anActivity(one.id, { messageId: 'm', contentDigest: 'aaaaaaaa' });
    writer = make({ settled: async () => new Map([[hashOfId(first.id), first]]) });
    const other = anActivity(one.id, { messageId: 'm', contentDigest: 'bbbbbbbb' });
    const verdicts = await writer.writeActivities(one, [first, other], signal);
    assert.deepEqual(verdicts, [
      { status: 'duplicate', id: first.id },
      { status: 'conflict', id: first.id },
    ]);
    assert.equal(rows.size, 0);
    assert.equal(conflicts.length, 1);
    await writer.writeActivities(one, [first], signal, { isVerdictShown: false });
    assert.equal(rows.size, 1);
  });
});
