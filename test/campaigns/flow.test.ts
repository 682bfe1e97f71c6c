import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { CampaignPorts } from '../../src/compose/campaigns.ts';
import type { Run } from '../../src/datasources/campaign-runs/port.ts';
import { batchDecision } from '../../src/domain/campaigns/batch.ts';
import { decisionId } from '../../src/domain/campaigns/decision.ts';
import type {
  CampaignDefinition,
  EmailContent,
  FlowAction,
  FlowStep,
} from '../../src/domain/campaigns/model.ts';
import { messageHash } from '../../src/domain/ids.ts';
import { leadKey } from '../../src/domain/lead.ts';
import type { Tenant } from '../../src/domain/tenant.ts';
import { ALL_SCOPES, openInstallation, type TestInstallation } from '../support/application.ts';
import { aCampaign, aDefinition, aList, aVersion } from '../support/campaigns.ts';
import { temporaryDirectory } from '../support/temp.ts';
import { until } from '../support/until.ts';

const signal = new AbortController().signal;
const step = (action: FlowAction): FlowStep => ({ choices: [], otherwise: action });
const email = (more: Partial<EmailContent> = {}): EmailContent => ({
  fromName: 'Shop',
  fromAddress: 'news@shop.example',
  replyTo: null,
  subject: 'Hello {{ lead.name | default: "you" }}',
  text: 'You looked at {{ activity.path }}.',
  html: null,
  ...more,
});
const visit = (externalId: string, messageId: string, path = '/pricing') =>
  ({
    messageId,
    externalId,
    type: 'Visit Webpage',
    occurredAt: new Date().toISOString(),
    attributes: { path },
  }) as const;

for (const profile of ['embedded', 'postgres'] as const)
  describe(`campaigns act: ${profile}`, () => {
    let installation: TestInstallation;
    let outbox: Awaited<ReturnType<typeof temporaryDirectory>>;
    let ports: CampaignPorts;
    let tenant: Tenant;
    let token = '';
    let campaigns = 0;

    before(async () => {
      outbox = await temporaryDirectory();
      installation = await openInstallation({ MAIL_OUTBOX: outbox.path, SENDS_PER_DAY: '3' }, profile);
      tenant = installation.application.tenantOf('one');
      token = await installation.token('one', ALL_SCOPES);
      ports = installation.application.automation;
    });
    after(async () => {
      await installation?.close();
      await outbox?.remove();
    });

    const activate = async (definition: Partial<CampaignDefinition>): Promise<string> => {
      const id = `campaign-${campaigns++}`;
      const version = aVersion({ definition: aDefinition(definition) });
      assert.ok(
        await ports.campaigns.put(
          tenant,
          aCampaign({ id, name: `Campaign ${id}`, versions: [version] }),
          signal,
        ),
      );
      return id;
    };
    const deactivate = async (id: string): Promise<void> => {
      const [campaign] = await ports.campaigns.get(tenant, [id], signal);
      assert.ok(campaign);
      const versions = campaign.versions.map((version) => ({ ...version, validTo: Date.now() }));
      assert.ok(
        await ports.campaigns.put(tenant, { ...campaign, versions, revision: campaign.revision + 1 }, signal),
      );
    };
    const send = async (...activities: readonly object[]): Promise<void> => {
      const { body } = await installation.graphql(
        token,
        'mutation ($input: RecordActivitiesInput!) { recordActivities(input: $input) { results { status error { message } } } }',
        { input: { activities } },
      );
      assert.deepEqual(body.errors, undefined);
    };
    const identify = async (
      externalId: string,
      traits: object,
      mail: string | null = null,
    ): Promise<void> => {
      const { body } = await installation.graphql(
        token,
        'mutation ($input: IdentifyLeadsInput!) { identifyLeads(input: $input) { results { error { message } } } }',
        { input: { leads: [{ externalId, traits, ...(mail !== null && { email: mail }) }] } },
      );
      assert.deepEqual(body.errors, undefined, JSON.stringify(body));
    };
    const runsOf = (campaignId: string): Promise<readonly Run[]> =>
      ports.runs.list(
        tenant,
        { campaignId, personKey: null, statuses: null, first: 100, after: null },
        signal,
      );
    /** Waits until a campaign has `count` runs that are finished. */
    const finished = async (campaignId: string, count: number): Promise<readonly Run[]> => {
      let runs: readonly Run[] = [];
      await until(`${count} runs are finished`, async () => {
        runs = await runsOf(campaignId);
        return runs.length === count && runs.every(({ dueAt }) => dueAt === null);
      });
      return runs;
    };
    const keyOf = (externalId: string) => leadKey(tenant.idSpace, { kind: 'known', externalId });
    const timeline = async (externalId: string) => {
      const request = {
        leadKey: keyOf(externalId),
        first: 100,
        after: null,
        types: null,
        from: null,
        to: null,
        details: true,
      };
      const [page] = await installation.application.store.timelines(tenant, [request], signal);
      return page?.activities ?? [];
    };
    const traitsOf = async (externalId: string) =>
      (await installation.application.store.leads(tenant, [keyOf(externalId)], signal))[0]?.traits;
    const mails = async (): Promise<string[]> => {
      const dir = join(outbox.path, 'one');
      const files = await readdir(dir).catch(() => []);
      return Promise.all(files.map((file) => readFile(join(dir, file), 'utf8')));
    };

    test('an activity starts the flow; each step is in the timeline, with the campaign and once', async () => {
      const list = aList({ id: 'hot' });
      assert.ok(await ports.lists.put(tenant, list, signal));
      const id = await activate({
        triggers: [
          {
            type: 'Visit Webpage',
            includeBots: false,
            filter: { op: 'attribute', name: 'path', test: 'in', values: ['/pricing'] },
          },
        ],
        filter: { op: 'isKnown', value: true },
        flow: [
          step({ type: 'changeScore', score: 'score', by: 5 }),
          step({ type: 'changeScore', score: 'score', by: -2 }),
          step({ type: 'changeDataValue', trait: 'stage', value: 'hot' }),
          step({ type: 'addToList', listId: 'hot' }),
          step({ type: 'interestingMoment', momentType: 'Web', description: 'Saw {{ activity.path }}' }),
          step({ type: 'sendEmail', email: email() }),
        ],
      });
      await identify('ann', { name: 'Ann', score: 10 }, 'ann@example.com');
      await send(visit('ann', 'm1'), visit('ann', 'm1'), visit('ann', 'm2', '/other'));
      const [run] = await finished(id, 1);
      assert.deepEqual([run?.status, run?.reason], ['DONE', null]);
      assert.deepEqual(await traitsOf('ann'), { name: 'Ann', score: 13, stage: 'hot' });
      assert.deepEqual(await ports.lists.listsOf(tenant, [keyOf('ann')], ['hot'], signal), new Set(['hot']));
      const own = (await timeline('ann')).filter(({ campaign }) => campaign?.id === id);
      assert.deepEqual(own.map(({ type }) => type).sort(), [
        'Add to List',
        'Change Data Value',
        'Change Score',
        'Change Score',
        'Interesting Moment',
        'Send Email',
      ]);
      const scores = own
        .filter(({ type }) => type === 'Change Score')
        .map(({ attributes }) => attributes?.['newValue']);
      assert.deepEqual(scores.sort(), [13, 15]);
      const sent = (await mails()).filter((text) => text.includes('ann@example.com'));
      assert.equal(sent.length, 1);
      assert.match(sent[0] ?? '', /^Subject: Hello Ann\r$/m);
      assert.match(sent[0] ?? '', /You looked at \/pricing\./);
      await deactivate(id);
    });

    test('a score that was noted, and not written when its process ended, is changed from what it is by then', async () => {
      const id = await activate({ flow: [step({ type: 'changeScore', score: 'score', by: 1 })] });
      await identify('eve', { score: 10 });
      const runId = decisionId(tenant.id, id, messageHash(tenant.idSpace, 'noted'));
      const note = { old: 1, new: 2, at: Date.now() - 60_000, by: 'a process that ended' };
      await ports.runs.intend(tenant, runId, '0', note, signal);
      await send(visit('eve', 'noted'));
      const [run] = await finished(id, 1);
      assert.deepEqual([run?.id, run?.status], [runId, 'DONE']);
      assert.deepEqual(await traitsOf('eve'), { score: 11 });
      await deactivate(id);
    });

    test('filters with counts, qualification and robots', async () => {
      const id = await activate({
        filter: {
          op: 'did',
          type: 'Visit Webpage',
          filter: null,
          atLeast: 2,
          atMost: null,
          within: { amount: 7, unit: 'DAYS' },
        },
        qualification: { kind: 'ONCE' },
        flow: [step({ type: 'changeScore', score: 'visits', by: 1 })],
      });
      await send(visit('bob', 'b1'));
      await finished(id, 1);
      await send(visit('bob', 'b2'));
      await finished(id, 2);
      await send(visit('bob', 'b3'), { ...visit('bob', 'b4'), context: { userAgent: 'Googlebot/2.1' } });
      const runs = await finished(id, 3);
      assert.deepEqual(runs.map(({ status }) => status).sort(), ['DONE', 'FILTERED', 'NOT_QUALIFIED']);
      assert.deepEqual(await traitsOf('bob'), { visits: 1 });
      await deactivate(id);
    });

    test('a device that is linked afterwards does not enter a second time', async () => {
      const id = await activate({
        qualification: { kind: 'ONCE' },
        flow: [step({ type: 'changeScore', score: 'linked', by: 1 })],
      });
      const { externalId: _, ...anonymous } = visit('', 'l1');
      await send({ ...anonymous, anonymousId: 'device-lea' });
      await finished(id, 1);
      await send({ ...visit('lea', 'l2'), anonymousId: 'device-lea' });
      const runs = await finished(id, 2);
      assert.deepEqual(runs.map(({ status }) => status).sort(), ['DONE', 'NOT_QUALIFIED']);
      await deactivate(id);
    });

    test('the first choice that holds is done; an executed campaign runs in place, a requested one by itself', async () => {
      const requested = await activate({
        triggers: [],
        isRequestable: true,
        flow: [step({ type: 'changeScore', score: 'requested', by: 1 })],
      });
      const executed = await activate({
        triggers: [],
        isRequestable: true,
        flow: [step({ type: 'changeScore', score: 'executed', by: 7 })],
      });
      const id = await activate({
        triggers: [{ type: 'Fill Out Form', filter: null, includeBots: false }],
        flow: [
          {
            choices: [
              {
                when: { op: 'trait', name: 'plan', test: 'in', values: ['free'] },
                action: { type: 'changeDataValue', trait: 'next', value: 'upsell' },
              },
              {
                when: { op: 'isKnown', value: true },
                action: { type: 'changeDataValue', trait: 'next', value: 'thanks' },
              },
            ],
            otherwise: null,
          },
          step({ type: 'executeCampaign', campaignId: executed }),
          step({ type: 'requestCampaign', campaignId: requested }),
        ],
      });
      await identify('cid', { plan: 'free' });
      await send({ ...visit('cid', 'c1'), type: 'Fill Out Form', attributes: { formId: 'f' } });
      await finished(id, 1);
      await finished(requested, 1);
      assert.deepEqual(await runsOf(executed), []);
      assert.deepEqual(await traitsOf('cid'), { plan: 'free', next: 'upsell', executed: 7, requested: 1 });
      const paths = (await ports.runs.steps(tenant, (await runsOf(id))[0]?.id ?? '', signal)).map(
        ({ path }) => path,
      );
      assert.deepEqual(paths.sort(), ['0', '1', '1.0', '2']);
      for (const each of [requested, executed, id]) await deactivate(each);
    });

    test('a wait ends by itself, with the flow that is in force then; a deactivated campaign does nothing more', async () => {
      const flow = [
        step({ type: 'wait', wait: { kind: 'until', at: Date.now() + 1_500 } }),
        step({ type: 'changeScore', score: 'waited', by: 1 }),
      ];
      const kept = await activate({ flow });
      const stopped = await activate({ flow });
      await send(visit('dan', 'd1'));
      await until('the run waits', async () => (await runsOf(stopped))[0]?.status === 'WAITING');
      await deactivate(stopped);
      const [done] = await finished(kept, 1);
      const [ended] = await finished(stopped, 1);
      assert.deepEqual([done?.status, ended?.status], ['DONE', 'STOPPED']);
      assert.deepEqual(await traitsOf('dan'), { waited: 1 });
      await deactivate(kept);
    });

    test('nobody gets more messages than the limit, but for operational ones; who unsubscribed gets none', async () => {
      const flow = [step({ type: 'sendEmail', email: email({ subject: 'Limit' }) })];
      const marketing = await activate({ flow });
      const operational = await activate({ flow, isOperational: true });
      await identify('eve', {}, 'eve@example.com');
      await identify('fay', { unsubscribed: true }, 'fay@example.com');
      await send(...['1', '2', '3', '4', '5'].map((n) => visit('eve', `e${n}`)), visit('fay', 'f1'));
      await finished(marketing, 6);
      await finished(operational, 6);
      const to = async (address: string) =>
        (await mails()).filter((text) => text.includes(`To: ${address}`)).length;
      assert.equal(await to('eve@example.com'), 3 + 5);
      assert.equal(await to('fay@example.com'), 1);
      for (const each of [marketing, operational]) await deactivate(each);
    });

    test('a batch campaign starts for everybody who passes its filter, once however often it begins', async () => {
      await identify('ivy', { segment: 'batch' });
      await identify('joe', { segment: 'batch' });
      await identify('kim', { segment: 'other' });
      const id = await activate({
        triggers: [],
        schedule: { at: Date.now(), everyDays: null },
        filter: { op: 'trait', name: 'segment', test: 'in', values: ['batch'] },
        flow: [step({ type: 'changeScore', score: 'batch', by: 1 })],
      });
      const [campaign] = await ports.campaigns.get(tenant, [id], signal);
      const [version] = campaign?.versions ?? [];
      assert.ok(version);
      const decision = batchDecision(tenant.id, id, version, Date.now());
      await ports.runs.add(tenant, [decision, decision], signal);
      await finished(id, 3);
      for (const [person, score] of [
        ['ivy', 1],
        ['joe', 1],
        ['kim', undefined],
      ] as const)
        assert.equal((await traitsOf(person))?.['batch'], score, person);
      await deactivate(id);
    });

    test('a template that can not be filled ends the run at its step; a replay does not repeat the steps before', async () => {
      const endless = '{% for i in (1..100000000) %}x{% endfor %}';
      const id = await activate({
        flow: [
          step({ type: 'changeScore', score: 'before', by: 1 }),
          step({ type: 'interestingMoment', momentType: 'Web', description: endless }),
        ],
      });
      await send(visit('mia', 'x1'));
      const [failed] = await finished(id, 1);
      assert.deepEqual([failed?.status, failed?.step], ['FAILED', 1]);
      assert.match(failed?.reason ?? '', /template/);
      const states = async () =>
        (await ports.runs.steps(tenant, failed?.id ?? '', signal)).map(({ status }) => status);
      assert.deepEqual(await states(), ['DONE', 'FAILED']);
      assert.ok(await ports.runs.replay(tenant, failed?.id ?? '', Date.now(), signal));
      await until('it has failed again', async () => (await runsOf(id))[0]?.status === 'FAILED');
      assert.deepEqual(await traitsOf('mia'), { before: 1 });
      await deactivate(id);
    });

    test('a loop of campaigns ends, and a failing step is kept with its reason and can be replayed', async () => {
      const loop = await activate({
        triggers: [{ type: 'Change Score', filter: null, includeBots: false }],
        flow: [step({ type: 'changeScore', score: 'loop', by: 1 })],
      });
      await send({
        ...visit('gus', 'g1'),
        type: 'Change Score',
        attributes: { scoreName: 'x', changeValue: 1 },
      });
      await finished(loop, 10);
      await deactivate(loop);
      const failing = await activate({ flow: [step({ type: 'addToList', listId: 'later' })] });
      await send(visit('hal', 'h1'));
      const [failed] = await finished(failing, 1);
      assert.deepEqual([failed?.status, failed?.reason], ['FAILED', 'The list was deleted.']);
      assert.ok(await ports.lists.put(tenant, aList({ id: 'later' }), signal));
      assert.ok(await ports.runs.replay(tenant, failed?.id ?? '', Date.now(), signal));
      await until('the run is done', async () => (await runsOf(failing))[0]?.status === 'DONE');
      await deactivate(failing);
    });
  });
