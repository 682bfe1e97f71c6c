import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { aCampaign, aDefinition, aVersion } from '../../test/support/campaigns.ts';
import { serverUrl } from '../../test/support/databases.ts';
import { freshDatabase } from '../../test/support/postgres.ts';
import { temporaryDirectory } from '../../test/support/temp.ts';
import { until } from '../../test/support/until.ts';
import { messagesIn, startKillable } from './server.ts';

const KILLS = Number(process.env['KILLS'] ?? 20);
const PEOPLE = 40;
const BATCH = 20;

const flow = [
  { choices: [], otherwise: { type: 'changeScore', score: 'score', by: 1 } },
  {
    choices: [],
    otherwise: {
      type: 'sendEmail',
      email: {
        fromName: null,
        fromAddress: 'news@shop.example',
        replyTo: null,
        subject: 'Visit {{ activity.path }}',
        text: 'Hello',
        html: null,
      },
    },
  },
] as const;
const campaign = aCampaign({ versions: [aVersion({ definition: aDefinition({ flow }) })] });

const SENDS = `query ($id: String!, $after: String) { lead(externalId: $id) { traits
  sends: activities(first: 100, after: $after, types: ["Send Email"]) { nodes { id } pageInfo { hasNextPage endCursor } } } }`;

for (const profile of ['embedded', 'postgres'] as const)
  describe(`once: ${profile}`, () => {
    test(`${KILLS} kill -9 under load: each activity has one message, one entry in the timeline and one point`, async (t) => {
      const scratch = await temporaryDirectory();
      t.after(scratch.remove);
      const outbox = join(scratch.path, 'outbox');
      const server = await startKillable(
        {
          DATA_DIR: join(scratch.path, 'data'),
          MAIL_OUTBOX: outbox,
          PROFILE: profile,
          DATABASE_URL: profile === 'postgres' ? await freshDatabase(await serverUrl()) : '',
        },
        [campaign],
      );
      t.after(() => server.stop());
      let sent = 0;
      let isLoading = true;
      const loading = (async () => {
        for (const person of Array.from({ length: PEOPLE }, (_, index) => index))
          await until('the person is known', async () =>
            Boolean(
              await server.ask(
                'mutation ($input: IdentifyLeadsInput!) { identifyLeads(input: $input) { results { error { message } } } }',
                {
                  input: {
                    leads: [{ externalId: `p${person}`, email: `p${person}@example.com`, traits: {} }],
                  },
                },
              ),
            ),
          );
        while (isLoading) {
          const activities = Array.from({ length: BATCH }, (_, index) => ({
            messageId: `m${sent + index}`,
            externalId: `p${(sent + index) % PEOPLE}`,
            type: 'Visit Webpage',
            occurredAt: new Date().toISOString(),
            attributes: { path: `/${sent + index}` },
          }));
          // What was not answered is sent again under the same message ids.
          await until('the activities are taken in', async () =>
            Boolean(
              await server.ask(
                'mutation ($input: RecordActivitiesInput!) { recordActivities(input: $input) { results { error { code } } } }',
                { input: { activities } },
              ),
            ),
          );
          sent += BATCH;
          await sleep(20);
        }
      })();
      const seed = Date.now();
      for (let kill = 0; kill < KILLS; kill++) {
        await sleep(1_000 + ((seed * (kill + 7)) % 1_500));
        await server.restart();
      }
      isLoading = false;
      await loading;
      const subjects = async (): Promise<string[]> =>
        (await messagesIn(outbox)).map((text) => /^Subject: Visit \/(\d+)\r$/m.exec(text)?.[1] ?? '?');
      await until('every activity has its message', async () => (await subjects()).length >= sent, 600_000);
      const mails = await subjects();
      assert.equal(new Set(mails).size, mails.length, 'no message twice');
      assert.equal(mails.length, sent);
      let [points, inTimelines] = [0, 0];
      for (let person = 0; person < PEOPLE; person++) {
        let after: string | null = null;
        do {
          const data = await server.ask(SENDS, { id: `p${person}`, after });
          const { traits, sends } = data.lead;
          if (after === null) points += traits.score ?? 0;
          inTimelines += sends.nodes.length;
          after = sends.pageInfo.hasNextPage ? sends.pageInfo.endCursor : null;
        } while (after !== null);
      }
      t.diagnostic(
        `${sent} activities, ${KILLS} kills: ${mails.length} messages, ${inTimelines} in timelines, ${points} points`,
      );
      assert.deepEqual([inTimelines, points], [sent, sent]);
    });
  });
