import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  ALL_SCOPES,
  type GraphqlData,
  openInstallation,
  type TestInstallation,
} from '../support/application.ts';
import { mmdb } from '../support/mmdb.ts';
import { temporaryDirectory } from '../support/temp.ts';

const GMAIL = 'Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)';
const YAHOO = 'YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html';
const PRE_FETCH =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0';
const DAY = 24 * 3_600_000;
const SENT_AT = Date.parse('2026-06-10T08:00:00Z');
const at = (days: number) => new Date(SENT_AT + days * DAY).toISOString();
const PERIOD = 'from: "2026-06-01T00:00:00Z", to: "2026-07-01T00:00:00Z"';
const AS_OF = `asOf: "${at(1)}"`;

type Figures = Readonly<Record<string, number | null>>;

for (const profile of ['embedded', 'postgres'] as const)
  describe(`e-mail figures on ${profile}`, () => {
    let installation: TestInstallation;
    let reader: string;
    let writeKey: string;
    const directory = temporaryDirectory();
    before(async () => {
      const countries = join((await directory).path, 'countries.mmdb');
      await writeFile(countries, mmdb({ '127.0.0.0/8': { country: { iso_code: 'NZ' } } }));
      installation = await openInstallation({ GEOIP_DATABASE: countries }, profile);
      reader = await installation.token('one', ALL_SCOPES);
      writeKey = await installation.application.directory.createKey({
        tenantId: 'one',
        kind: 'write',
        scopes: [],
        name: 'k',
      });
    });
    after(async () => {
      await installation.close();
      await (await directory).remove();
    });

    const ask = async (query: string): Promise<GraphqlData> => {
      const { body } = await installation.graphql(reader, query);
      assert.equal(body.errors, undefined, JSON.stringify(body.errors));
      return body.data;
    };
    let messages = 0;
    /** Sends events of the Segment protocol: name, person, properties, and what else the event has. */
    const track = async (
      ...events: readonly (readonly [event: string, userId: string, properties: object, more?: object])[]
    ): Promise<void> => {
      const batch = events.map(([event, userId, properties, more]) => ({
        type: 'track',
        event,
        userId,
        messageId: `${profile}-${messages++}`,
        timestamp: at(0),
        properties,
        ...more,
      }));
      const response = await fetch(`${installation.address}/v1/batch`, {
        method: 'POST',
        headers: { authorization: `Basic ${Buffer.from(`${writeKey}:`).toString('base64')}` },
        body: JSON.stringify({ batch }),
      });
      assert.equal(((await response.json()) as { accepted: number }).accepted, batch.length);
    };
    const FIGURES = 'sent delivered hardBounced pending aborted opened clicked unsubscribed markedAsSpam';
    const performance = async (campaign: string, args = ''): Promise<Figures> =>
      (
        await ask(
          `{ campaign(externalId: "${campaign}") { performance(${PERIOD}, ${args || AS_OF}) { email { ${FIGURES} } } } }`,
        )
      ).campaign.performance.email;
    const parts = (figures: Figures, ...names: string[]) => names.map((name) => figures[name]);
    /** A measure by asset and campaign, as `asset campaign: figure`. */
    const byMail = async (measure: string, more = AS_OF): Promise<string[]> => {
      const { metrics } = await ask(
        `{ metrics(query: { measures: [${measure}], dimensions: [{ field: ASSET }, { field: CAMPAIGN }], ${PERIOD}, ${more} })
          { rows { dimensions { value } values { value } } } }`,
      );
      return metrics.rows.map(
        ({ dimensions, values }: GraphqlData) =>
          `${dimensions[0].value} ${dimensions[1].value}: ${values[0].value}`,
      );
    };

    test("what Gmail's proxy fetches is opened by its person, whose device is not known", async () => {
      await track(
        ['Email Sent', 'gmail', { campaign_id: 'gmail' }],
        ['Email Opened', 'gmail', { campaign_id: 'gmail' }, { context: { userAgent: GMAIL } }],
      );
      assert.deepEqual(parts(await performance('gmail'), 'sent', 'opened', 'pending'), [1, 1, 0]);
      const { lead } = await ask(
        '{ lead(externalId: "gmail") { activities(first: 1, types: ["Open Email"]) { nodes { isBot agentKind device } } } }',
      );
      assert.deepEqual(lead.activities.nodes, [{ isBot: false, agentKind: 'MAILBOX_PROXY', device: null }]);
    });

    test('whose opens count is the report’s choice, and any open means delivered', async () => {
      const agents = [
        GMAIL,
        YAHOO,
        'Outlook-Android/2.0',
        'Microsoft Outlook 16.0.4993',
        'Mozilla/5.0',
        PRE_FETCH,
      ];
      for (const [index, userAgent] of agents.entries())
        await track(
          ['Email Sent', `agent-${index}`, { campaign_id: 'agents' }],
          ['Email Bounced', `agent-${index}`, { campaign_id: 'agents' }],
          [
            'Email Opened',
            `agent-${index}`,
            { campaign_id: 'agents' },
            { context: { user_agent: userAgent } },
          ],
        );
      for (const [opens, opened] of [
        ['ALL', 6],
        ['WITHOUT_SCANNERS', 5],
        ['PEOPLE_ONLY', 4],
      ] as const)
        assert.deepEqual(
          parts(
            await performance('agents', `${AS_OF}, opens: ${opens}`),
            'sent',
            'delivered',
            'hardBounced',
            'pending',
            'opened',
          ),
          [6, 6, 0, 0, opened],
          opens,
        );
      const { id } = (await ask('{ campaign(externalId: "agents") { id } }')).campaign;
      const { emailPerformance, metrics } = await ask(
        `{ emailPerformance(${PERIOD}, campaignIds: ["${id}"]) { total { opened } }
           metrics(query: { measures: [OPENED], ${PERIOD}, opens: PEOPLE_ONLY, filter: [{ field: CAMPAIGN, in: ["agents"] }] })
             { rows { values { value } } } }`,
      );
      assert.equal(emailPerformance.total.opened, 5, 'without scanners unless asked otherwise');
      assert.equal(metrics.rows[0].values[0].value, 4);
    });

    test('the second e-mail of a campaign counts by itself, and a campaign counts persons', async () => {
      const of = (email_id: string) => ({ campaign_id: 'drip', email_id });
      await track(
        ['Email Sent', 'drip-1', of('mail-1')],
        ['Email Bounced', 'drip-1', of('mail-1')],
        ['Email Sent', 'drip-1', of('mail-2')],
        ['Email Opened', 'drip-1', of('mail-2')],
        ['Email Sent', 'drip-2', of('mail-2')],
      );
      const sent = await byMail('SENT');
      assert.ok(sent.includes('mail-1 drip: 1') && sent.includes('mail-2 drip: 2'), sent.join(', '));
      const bounced = await byMail('HARD_BOUNCED');
      assert.ok(bounced.includes('mail-1 drip: 1'), 'an open of another e-mail cancels no bounce');
      assert.deepEqual(
        parts(await performance('drip'), 'sent', 'delivered', 'hardBounced', 'opened', 'pending'),
        [2, 1, 1, 1, 1],
      );
    });

    test('a send without a campaign counts, and one that was never told is implied by its earliest sign', async () => {
      await track(
        ['Email Sent', 'alone', { email_id: 'alone' }],
        ['Email Opened', 'alone', { email_id: 'alone' }],
        ['Email Opened', 'untold', { email_id: 'untold', campaign_id: 'untold' }, { timestamp: at(9) }],
        ['Email Delivered', 'untold', { email_id: 'untold', campaign_id: 'untold' }, { timestamp: at(5) }],
        ['Email Opened', 'nameless', {}],
      );
      for (const [event, figure] of [
        ['Email Bounced', 'hardBounced'],
        ['Email Delivered', 'delivered'],
        ['Email Link Clicked', 'clicked'],
        ['Email Marked as Spam', 'markedAsSpam'],
        ['Email Opened', 'opened'],
        ['Unsubscribed', 'unsubscribed'],
      ] as const) {
        await track([event, event, { campaign_id: event }]);
        assert.deepEqual(parts(await performance(event), 'sent', figure), [1, 1], event);
      }
      const sent = await byMail('SENT');
      for (const row of ['alone null: 1', 'untold untold: 1', 'null null: 1'])
        assert.ok(sent.includes(row), `${row} in ${sent.join(', ')}`);
      const { campaign } = await ask(
        `{ campaign(externalId: "untold") { performance(${PERIOD}, grain: DAY) { series { time email { sent } } } } }`,
      );
      const day = campaign.performance.series.find(({ email }: GraphqlData) => email.sent === 1);
      assert.equal(day.time.slice(0, 10), at(5).slice(0, 10));
    });

    test('a send without an outcome is pending for three days, and then aborted', async () => {
      await track(['Email Sent', 'lost', { campaign_id: 'lost' }]);
      for (const [asOf, pending, aborted] of [
        [at(3 - 1e-6), 1, 0],
        [at(3), 0, 1],
      ] as const)
        assert.deepEqual(parts(await performance('lost', `asOf: "${asOf}"`), 'sent', 'pending', 'aborted'), [
          1,
          pending,
          aborted,
        ]);
      assert.deepEqual(parts(await performance('lost', 'opens: ALL'), 'pending', 'aborted'), [0, 1], 'now');
    });

    test('a click on a link to unsubscribe is an open, and no click; an article about it is a click', async () => {
      const click = (link_url: string, link_type?: string) => ({ link_url, link_type });
      const clicks: readonly (readonly [campaign: string, click: object, clicked: number])[] = [
        ['article', click('https://www.example.com/blog/how-to-unsubscribe-from-spam'), 1],
        [
          'redirect',
          click('https://click.example.com/c?u=https%3A%2F%2Fwww.example.com%2Funsubscribe%2F1'),
          0,
        ],
        ['said', click('https://www.example.com/bye', 'unsubscribe'), 0],
        ['said-content', click('https://www.example.com/unsubscribe', 'content'), 1],
      ];
      for (const [campaign, properties, clicked] of clicks) {
        await track(
          ['Email Sent', campaign, { campaign_id: campaign }],
          ['Email Link Clicked', campaign, { campaign_id: campaign, ...properties }],
        );
        assert.deepEqual(
          parts(await performance(campaign), 'delivered', 'pending', 'opened', 'clicked'),
          [1, 0, 1, clicked],
          campaign,
        );
      }
    });

    test('what a library in a browser or an app sends has its channel, its device and the country of its address', async () => {
      const library = (name: string) => ({ context: { library: { name } } });
      await track(
        ['Signed Up', 'browser', {}, library('analytics.js')],
        ['Signed Up', 'rudder', {}, library('RudderLabs JavaScript SDK')],
        ['Signed Up', 'phone', {}, library('analytics-kotlin')],
        ['Signed Up', 'server', {}, library('analytics-node')],
      );
      for (const [who, channel, device, country] of [
        ['browser', 'web', null, 'NZ'],
        ['rudder', 'web', null, 'NZ'],
        ['phone', 'mobile', 'mobile', 'NZ'],
        ['server', '(none)', null, null],
      ] as const) {
        const { lead } = await ask(
          `{ lead(externalId: "${who}") { activities { nodes { channel device country } } } }`,
        );
        assert.deepEqual(lead.activities.nodes, [{ channel, device, country }], who);
      }
    });

    test('a default channel is none that a sender can say', async () => {
      const record = (messageId: string, channel: string | null) =>
        ask(
          `mutation { recordActivities(input: { activities: [{ messageId: "${profile}-${messageId}", externalId: "channel", type: "Track Event",
            attributes: { event: "x" }, occurredAt: "${at(0)}" ${channel === null ? '' : `channel: "${channel}"`} }] }) { results { status } } }`,
        );
      for (const [index, channel] of [null, 'other', '(none)', 'none'].entries())
        assert.equal(
          (await record(`channel-${index}`, channel)).recordActivities.results[0].status,
          channel === '(none)' ? 'REJECTED' : 'ACCEPTED',
        );
      const { lead } = await ask('{ lead(externalId: "channel") { activities { nodes { channel } } } }');
      assert.deepEqual(lead.activities.nodes.map(({ channel }: GraphqlData) => channel).sort(), [
        '(none)',
        'none',
        'other',
      ]);
    });
  });
