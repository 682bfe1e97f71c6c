import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ErasedLeads } from '../../../src/datasources/activity-log/port.ts';
import type { LogRecord } from '../../../src/domain/activity.ts';
import { hashOfId } from '../../../src/domain/ids.ts';
import { type LeadIdentity, type LeadUpdate, leadKey } from '../../../src/domain/lead.ts';
import { verifyTenant } from '../../../src/domain/tenant.ts';
import { campaignStarts } from '../../../src/followers/campaigns.ts';
import { withoutErased } from '../../../src/followers/erased.ts';
import { createKnownRepeats } from '../../../src/ingest/write/parallel/known-repeats.ts';
import { createLateAppends } from '../../../src/ingest/write/parallel/late-appends.ts';
import { createBreaker } from '../../../src/lib/breaker.ts';
import { anActivity, NOW } from '../../support/activities.ts';
import { aDecision } from '../../support/campaigns.ts';

const signal = new AbortController().signal;
const tenant = verifyTenant('acme');
const known = (externalId: string): LeadIdentity => ({ kind: 'known', externalId });
const device = (anonymousId: string): LeadIdentity => ({ kind: 'anonymous', anonymousId });
const update = (identity: LeadIdentity, ...links: LeadIdentity[]): LogRecord => {
  const said: LeadUpdate = { identity, email: null, traits: {}, links, at: NOW };
  return { kind: 'lead', update: said };
};
const visit = (externalId: string): LogRecord => ({
  kind: 'activity',
  activity: anActivity(tenant.id, { externalId }),
});

/** Ann and her phone were erased when partition 0 stood at 10 and partition 1 at 20. */
const asked: string[][] = [];
const erased: ErasedLeads = {
  async linesOf(of, leads) {
    asked.push([...leads]);
    assert.equal(of, tenant);
    const lines = new Map([
      [0, 10],
      [1, 20],
    ]);
    const theirs = new Set([known('ann'), device('phone')].map((one) => leadKey(tenant.idSpace, one)));
    return new Map(leads.filter((lead) => theirs.has(lead)).map((lead) => [lead, lines]));
  },
};

test('records before the line of their partition are left out, and links of others to the person', async () => {
  const bob = update(known('bob'), device('phone'), device('tablet'));
  const at = (partition: number, offset: number, record: LogRecord) => ({
    position: { partition, offset },
    tenantId: tenant.id,
    record,
  });
  const campaign: LogRecord = { kind: 'campaign', campaign: { id: 'c', name: 'C', createdAt: NOW } };
  const logged = [
    at(0, 9, visit('ann')),
    at(0, 10, visit('ann')),
    at(1, 19, update(known('ann'))),
    at(1, 20, update(known('ann'))),
    at(0, 5, visit('bob')),
    at(0, 6, bob),
    at(0, 11, bob),
    at(0, 7, campaign),
    // A partition that came after the erasure.
    at(2, 0, visit('ann')),
  ];
  const left = await withoutErased(erased, { tenant, logged }, signal);
  assert.deepEqual(
    left.logged.map(({ position: { partition, offset }, record }) => [partition, offset, record]),
    [
      [0, 10, logged[1]?.record],
      [1, 20, logged[3]?.record],
      [0, 5, logged[4]?.record],
      [0, 6, update(known('bob'), device('tablet'))],
      [0, 11, bob],
      [0, 7, campaign],
      [2, 0, logged[8]?.record],
    ],
  );
});

test('a batch is asked about once, and stays as it is where nobody was erased', async () => {
  const logged = [visit('bob'), visit('bob'), update(known('carl'), device('x'))].map((record, offset) => ({
    position: { partition: 0, offset },
    tenantId: tenant.id,
    record,
  }));
  asked.length = 0;
  const left = await withoutErased(erased, { tenant, logged }, signal);
  assert.equal(left.logged, logged);
  assert.deepEqual(
    asked.map((leads) => leads.length),
    [3],
  );
});

test('a writer forgets what it remembers of the messages of the person', async () => {
  const [ofAnn, ofBob] = ['ann', 'bob'].map((externalId) => anActivity(tenant.id, { externalId }));
  assert.ok(ofAnn && ofBob);
  const repeats = createKnownRepeats({
    settled: async () => new Map(),
    erased,
    breaker: createBreaker(1),
    max: 100,
    onError: (error) => assert.fail(String(error)),
  });
  repeats.accept([ofAnn, ofBob]);
  const found = await repeats.of(tenant, [ofAnn, ofBob], true, signal);
  assert.deepEqual([...found.keys()], [hashOfId(ofBob.id)]);
});

test('what the log refused is not appended later once its person is erased', async () => {
  const appended: LogRecord[] = [];
  const late = createLateAppends(
    {
      async append(_, records) {
        appended.push(...records);
        return [];
      },
    },
    (error) => assert.fail(String(error)),
    erased,
  );
  const [theirs, link, others] = [visit('ann'), update(known('bob'), device('phone')), visit('bob')];
  late.add(tenant, [theirs, link, others]);
  await late.close();
  assert.deepEqual(appended, [others]);
  assert.equal(late.bytes, 0);
});

test('a decision about an activity that went with its person starts nothing; one about what came since does', async () => {
  const [gone, since, ofBob] = ['ann', 'ann', 'bob'].map((externalId, n) =>
    anActivity(tenant.id, { externalId, messageId: `m${n}` }),
  );
  assert.ok(gone && since && ofBob);
  const started: string[] = [];
  const looked: string[] = [];
  const follower = campaignStarts({
    campaigns: { get: async (_, ids) => ids.map(() => null) },
    runs: {
      async add(_, decisions) {
        started.push(...decisions.map(({ activityId }) => activityId ?? ''));
      },
    },
    store: {
      async activities(_, ids) {
        looked.push(...ids);
        return ids.map((id) => (id === since.id ? since : null));
      },
    },
    erased,
    tenantOf: () => tenant,
  });
  const batch = [gone, since, ofBob].map(({ id, leadKey: lead }, offset) => ({
    position: { partition: 0, offset },
    tenantId: tenant.id,
    decision: aDecision(tenant.id, lead, { activityId: id }),
  }));
  await follower.handleDecisions(batch, signal);
  assert.deepEqual(started, [since.id, ofBob.id]);
  // Of people whom nobody erased the store is not asked.
  assert.deepEqual(looked, [gone.id, since.id]);
});
