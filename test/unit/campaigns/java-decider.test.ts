import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { enginesMissing } from '../../../scripts/cluster/engines.ts';
import { encodeMessage } from '../../../src/datasources/activity-log/kafka/message.ts';
import { decodeDecision } from '../../../src/datasources/campaign-runs/decision-message.ts';
import { encodeCampaign } from '../../../src/datasources/smart-campaigns/kafka/campaign-message.ts';
import { decide, indexTriggers } from '../../../src/domain/campaigns/decision.ts';
import type { SmartCampaign } from '../../../src/domain/campaigns/model.ts';
import { anActivity, NOW } from '../../support/activities.ts';
import { campaignActivity, smartCampaign } from '../../support/campaign-arbitraries.ts';
import { aDefinition } from '../../support/campaigns.ts';
import { type JavaDecider, startJavaDecider } from '../../support/java-decider.ts';
import { anyRecord } from '../../support/records.ts';

const TENANTS = ['acme-1', 'acme-2'] as const;
const RUNS = 600;

/** The same JSON with the fields of every object the other way round. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, own]) => [name, reversed(own)] as const)
      .reverse(),
  );
}

const byId = (campaigns: readonly SmartCampaign[]): SmartCampaign[] =>
  campaigns.toSorted((a, b) => (a.id < b.id ? -1 : 1));

const cases = fc.record({
  campaigns: fc.tuple(
    ...TENANTS.map((tenantId) =>
      fc.uniqueArray(smartCampaign(tenantId), { minLength: 2, maxLength: 6, selector: ({ id }) => id }),
    ),
  ),
  activities: fc.array(
    fc
      .constantFrom(...TENANTS)
      .chain((tenantId) => campaignActivity(tenantId).map((activity) => ({ tenantId, activity }))),
    { minLength: 20, maxLength: 40 },
  ),
  isReversed: fc.boolean(),
});

describe('the decisions of cluster/spark', { skip: enginesMissing() ?? false }, () => {
  let java: JavaDecider;
  before(async () => {
    java = await startJavaDecider();
  });
  after(() => java.close());

  test('are those of TypeScript, for any campaigns and activities', async (context) => {
    const seed = Date.now() % 1_000_000_000;
    context.diagnostic(`seed ${seed}`);
    const counts = { activities: 0, decisions: 0, without: 0 };
    await fc.assert(
      fc.asyncProperty(cases, async ({ campaigns, activities, isReversed }) => {
        TENANTS.forEach((tenantId, tenant) => {
          for (const campaign of campaigns[tenant] ?? [])
            java.put(tenantId, campaign.id, encodeCampaign(tenantId, campaign).value.toString());
        });
        const messages = activities.map(({ tenantId, activity }) => {
          const message = encodeMessage(tenantId, { kind: 'activity', activity }, { facts: {} }).toString();
          return isReversed ? JSON.stringify(reversed(JSON.parse(message))) : message;
        });
        const answers = await java.decide(messages);
        TENANTS.forEach((tenantId, tenant) => {
          for (const { id } of campaigns[tenant] ?? []) java.put(tenantId, id, '');
        });
        const indexes = campaigns.map((own) => indexTriggers(byId(own)));
        activities.forEach(({ tenantId, activity }, at) => {
          const index = indexes[TENANTS.indexOf(tenantId)] ?? new Map();
          const expected = decide(tenantId, index, activity);
          assert.deepEqual(
            answers[at],
            expected.map((decision) => ({ version: 1, tenant: tenantId, decision })),
          );
          for (const message of answers[at] ?? [])
            assert.equal(decodeDecision(Buffer.from(JSON.stringify(message))).tenantId, tenantId);
          counts.activities += 1;
          counts.decisions += expected.length;
          if (expected.length === 0) counts.without += 1;
        });
      }),
      { seed, numRuns: RUNS },
    );
    context.diagnostic(JSON.stringify(counts));
    assert.ok(counts.decisions > 2_000 && counts.without > 2_000, JSON.stringify(counts));
  });

  test('are none for any other record', async () => {
    const campaign = everyVisit();
    java.put('acme-1', campaign.id, encodeCampaign('acme-1', campaign).value.toString());
    const others = fc
      .sample(anyRecord, { numRuns: 300, seed: 1 })
      .filter(({ kind }) => kind !== 'activity')
      .map((record) => encodeMessage('acme-1', record).toString());
    assert.ok(others.length > 100);
    assert.deepEqual(
      await java.decide(others),
      others.map(() => []),
    );
    java.put('acme-1', campaign.id, '');
  });

  test('follow the greatest revision of a campaign, whatever order revisions come in', async () => {
    const visit = anActivity('acme-1', { receivedAt: NOW });
    const message = encodeMessage('acme-1', { kind: 'activity', activity: visit }).toString();
    const put = (campaign: SmartCampaign) =>
      java.put('acme-1', campaign.id, encodeCampaign('acme-1', campaign).value.toString());
    put({ ...everyVisit(), revision: 3 });
    put({ ...everyVisit(), revision: 2, versions: [] });
    assert.equal((await java.decide([message]))[0]?.length, 1);
    put({ ...everyVisit(), revision: 4, versions: [] });
    assert.equal((await java.decide([message]))[0]?.length, 0);
    java.put('acme-1', 'visits', '');
  });
});

const everyVisit = (): SmartCampaign => ({
  id: 'visits',
  name: 'Visits',
  description: '',
  draft: aDefinition({ triggers: [] }),
  versions: [
    {
      version: 1,
      definition: aDefinition({ triggers: [{ type: 'Visit Webpage', filter: null, includeBots: true }] }),
      validFrom: NOW,
      validTo: null,
    },
  ],
  createdAt: NOW,
  updatedAt: NOW,
  revision: 1,
});

describe('a message that can not be understood', { skip: enginesMissing() ?? false }, () => {
  const record = (change: (message: Record<string, unknown>) => object): string => {
    const activity = anActivity('acme-1', { receivedAt: NOW });
    return JSON.stringify(
      change(JSON.parse(encodeMessage('acme-1', { kind: 'activity', activity }).toString())),
    );
  };
  const campaign = (triggers: unknown): string => {
    const { versions, ...rest } = everyVisit();
    const [version] = versions;
    return JSON.stringify({
      version: 1,
      tenant: 'acme-1',
      campaign: { ...rest, versions: [{ ...version, definition: { ...version?.definition, triggers } }] },
    });
  };
  const whole = encodeCampaign('acme-1', everyVisit()).value.toString();
  const cases: Readonly<Record<string, { readonly campaign?: string; readonly record?: string }>> = {
    'another version than 1': { record: record((message) => ({ version: 2, ...message })) },
    'names no tenant': { record: record(({ tenant: _, ...message }) => message) },
    'no whole number': { record: record(withoutTime) },
    'no condition sounds': {
      campaign: campaign([{ type: 'Visit Webpage', filter: { op: 'sounds' }, includeBots: true }]),
    },
    'no test near': {
      campaign: campaign([
        { type: 'Visit Webpage', filter: { op: 'attribute', name: 'n', test: 'near' }, includeBots: true },
      ]),
    },
    'campaign acme-1/visits': { campaign: whole.replace('"tenant":"acme-1"', '"tenant":"acme-2"') },
    'version 2': { campaign: whole.replace('{"version":1', '{"version":2') },
  };
  for (const [reason, given] of Object.entries(cases))
    test(`stops the job, which says: ${reason}`, async () => {
      const java = await startJavaDecider();
      java.put('acme-1', 'visits', given.campaign ?? whole);
      await assert.rejects(java.decide([given.record ?? record((message) => message)]));
      const { code, errors } = await java.close();
      assert.notEqual(code, 0);
      assert.match(errors, new RegExp(reason));
    });
});

function withoutTime(message: Record<string, unknown>): object {
  const { record } = message as { record: { activity: object } };
  return { ...message, record: { ...record, activity: { ...record.activity, receivedAt: '1' } } };
}
