import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ALL_SCOPES, type GraphqlData } from '../support/application.ts';
import { type ClusterProduct, startClusterProduct } from '../support/cluster-product.ts';
import { engine, engineSkip } from '../support/engines.ts';
import { testKafka } from '../support/kafka.ts';
import { temporaryDirectory } from '../support/temp.ts';
import { startTriggerJob } from '../support/trigger-job.ts';
import { until } from '../support/until.ts';

const TENANT = 'acme';
const PEOPLE = Array.from({ length: 20 }, (_, n) => `person-${n}`);
/** Nothing answers there: a campaign needs neither search nor figures. */
const AWAY = 'http://127.0.0.1:9';
/** Far beyond what is needed: a machine that does other work besides is no failure. */
const WAIT_MS = 900_000;

const CREATE = `mutation ($definition: CampaignDefinitionInput!) {
  createSmartCampaign(input: { name: "Welcome", definition: $definition }) {
    smartCampaign { id } faults { path message }
  }
}`;
const ACTIVATE = `mutation ($id: ID!) {
  activateSmartCampaign(id: $id) { smartCampaign { versions { validFrom } } faults { path message } }
}`;
const IDENTIFY = `mutation ($input: IdentifyLeadsInput!) {
  identifyLeads(input: $input) { results { error { message } } }
}`;
const RECORD = `mutation ($input: RecordActivitiesInput!) {
  recordActivities(input: $input) { results { error { message } } }
}`;
const RUNS = `query ($id: ID!) {
  campaignRuns(campaignId: $id, first: 200) {
    nodes { status reason steps { nodes { action status } } }
  }
}`;
const TIMELINE = `query ($externalId: String!) {
  lead(externalId: $externalId) { activities(first: 50) { nodes { type { name } campaign { externalId } } } }
}`;

describe('a campaign on the cluster, from an activity at the door to the mail', {
  skip: engineSkip('kafka', 'phoenix'),
}, () => {
  let product: ClusterProduct;
  let token: string;
  let outbox: string;
  let campaign: string;
  const closers: (() => Promise<unknown>)[] = [];

  before(async () => {
    const name = `flow${randomBytes(4).toString('hex')}`;
    const [mail, spark] = [await temporaryDirectory(), await temporaryDirectory()];
    closers.push(mail.remove, spark.remove);
    outbox = mail.path;
    const addresses = {
      kafka: engine('kafka'),
      pqs: engine('phoenix'),
      solr: `${AWAY}/solr`,
      druid: AWAY,
      druidCoordinator: AWAY,
    };
    product = await startClusterProduct(addresses, name, [TENANT], { MAIL_OUTBOX: outbox });
    closers.push(() => product.close());
    const job = await startTriggerJob(spark.path, { ...testKafka(), prefix: `${name}.` });
    closers.push(() => job.kill());
    await job.until('RUNNING');
    token = await product.token(TENANT, ALL_SCOPES);
  });
  after(async () => {
    for (const close of closers.toReversed()) await close();
  });

  const ask = async (query: string, variables: object): Promise<GraphqlData> => {
    const response = await fetch(`${product.api}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = (await response.json()) as { data: GraphqlData; errors?: unknown };
    assert.equal(errors, undefined, JSON.stringify(errors));
    return data;
  };
  const visit = (externalId: string, messageId: string) => ({
    messageId,
    externalId,
    type: 'Visit Webpage',
    occurredAt: new Date().toISOString(),
    attributes: { path: '/pricing' },
  });
  const record = (...activities: readonly object[]) => ask(RECORD, { input: { activities } });
  const runs = async (): Promise<{ status: string; reason: string | null; steps: { nodes: object[] } }[]> =>
    (await ask(RUNS, { id: campaign })).campaignRuns.nodes;
  /** Receivers of all mails, one for each mail. */
  const receivers = async (): Promise<string[]> => {
    const folder = join(outbox, TENANT);
    const files = (await readdir(folder).catch(() => [])).filter((file) => file.endsWith('.eml'));
    const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
    return texts.map((text) => /^To: (.*)@example\.com\r$/m.exec(text)?.[1] ?? text).sort();
  };
  const timeline = async (externalId: string): Promise<string[]> => {
    const { lead } = await ask(TIMELINE, { externalId });
    return lead.activities.nodes.map(({ type }: { type: { name: string } }) => type.name).sort();
  };

  test('an activity leads to one mail and to activities in the timeline', async () => {
    const leads = ['ann', ...PEOPLE].map((externalId) => ({
      externalId,
      email: `${externalId}@example.com`,
    }));
    await ask(IDENTIFY, { input: { leads } });
    const email = {
      fromAddress: 'news@shop.example',
      subject: 'Hello',
      text: 'You saw {{ activity.path }}.',
    };
    const { createSmartCampaign: made } = await ask(CREATE, {
      definition: {
        triggers: [{ type: 'Visit Webpage' }],
        filter: { isKnown: true },
        qualification: { kind: 'ONCE' },
        flow: [
          { otherwise: { changeScore: { score: 'interest', by: 5 } } },
          { otherwise: { sendEmail: email } },
        ],
      },
    });
    assert.deepEqual(made.faults, []);
    campaign = made.smartCampaign.id;
    const { activateSmartCampaign: active } = await ask(ACTIVATE, { id: campaign });
    assert.deepEqual(active.faults, []);
    const validFrom = Date.parse(active.smartCampaign.versions[0].validFrom);
    await until('the version is in force', () => Date.now() > validFrom);

    // The same message twice is one activity.
    await record(visit('ann', 'a1'), visit('ann', 'a1'));
    await until('the mail is sent', async () => (await receivers()).length > 0, WAIT_MS);
    await until('the run is done', async () => (await runs())[0]?.status === 'DONE', WAIT_MS);
    const expected = ['Change Score', 'Send Email', 'Visit Webpage'];
    await until('all is in the timeline', async () => (await timeline('ann')).length >= 3, WAIT_MS);
    assert.deepEqual(await timeline('ann'), expected);
    assert.deepEqual(await receivers(), ['ann']);
    assert.deepEqual(
      (await runs()).map(({ steps }) => steps.nodes),
      [
        [
          { action: 'changeScore', status: 'DONE' },
          { action: 'sendEmail', status: 'DONE' },
        ],
      ],
    );
  });

  test('who entered once does not enter again', async () => {
    await record(visit('ann', 'a2'));
    await until(
      'the second run is finished',
      async () => (await runs()).some(({ status }) => status === 'NOT_QUALIFIED'),
      WAIT_MS,
    );
    assert.deepEqual(await receivers(), ['ann']);
  });

  test('workers that are killed in the middle send each mail once all the same', async () => {
    await record(...PEOPLE.map((externalId) => visit(externalId, `visit of ${externalId}`)));
    await until('the first of them has a mail', async () => (await receivers()).length > 1, WAIT_MS);
    await product.kill('workers');
    await product.start('workers');
    const isDone = ({ status }: { status: string }): boolean => status === 'DONE';
    await until(
      'all runs are done',
      async () => (await runs()).filter(isDone).length === PEOPLE.length + 1,
      WAIT_MS,
    );
    assert.deepEqual(await receivers(), ['ann', ...PEOPLE].sort());
    for (const externalId of PEOPLE) {
      await until('it is in the timeline', async () => (await timeline(externalId)).length >= 3, WAIT_MS);
      assert.deepEqual(await timeline(externalId), ['Change Score', 'Send Email', 'Visit Webpage']);
    }
  });
});
