import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { type GraphqlData, openInstallation } from '../support/application.ts';
import { until } from '../support/until.ts';

const BACK_MS = 600_000;

for (const profile of ['embedded', 'postgres'] as const)
  test(`on ${profile} a clock that steps back hides nothing from a reader that follows a tenant`, async () => {
    const start = Date.now();
    mock.timers.enable({ apis: ['Date'], now: start });
    const installation = await openInstallation({ SETTLE_MS: '0' }, profile);
    try {
      const token = await installation.token('one', ['activities:read', 'activities:write', 'leads:pii']);
      const send = async (messageId: string) => {
        const { body } = await installation.graphql(
          token,
          `mutation { recordActivities(input: { activities: [{ messageId: "${messageId}", externalId: "p", type: "Visit Webpage",
             occurredAt: "2026-01-01T00:00:00Z", attributes: { url: "https://a.example/" } }] }) { results { status } } }`,
        );
        assert.equal(body.data.recordActivities.results[0].status, 'ACCEPTED', JSON.stringify(body));
      };
      const read = async (path: string, query: Record<string, string>): Promise<GraphqlData> =>
        (
          await fetch(`${installation.address}/rest/v1/${path}?${new URLSearchParams(query)}`, {
            headers: { authorization: `Bearer ${token}` },
          })
        ).json();
      let { nextPageToken } = await read('activities/pagingtoken.json', {
        sinceDatetime: '2025-12-01T00:00:00Z',
      });
      const seen: string[] = [];
      const readOn = async () => {
        const page = await read('activities.json', { activityTypeIds: '1', nextPageToken });
        assert.equal(page.success, true, JSON.stringify(page));
        seen.push(...page.result.map(({ marketoGUID }: { marketoGUID: string }) => marketoGUID));
        nextPageToken = page.nextPageToken;
      };
      // The clock goes on by real time too, however slow the machine is: the machine's time has to pass it.
      const untilSeen = (what: string, count: number) =>
        until(what, async () => {
          mock.timers.setTime(Date.now() + 1_000);
          await readOn();
          return seen.length >= count;
        });
      await send('before');
      await untilSeen('the reader has come to the end', 1);
      const furthest = Date.now();
      mock.timers.setTime(furthest - BACK_MS);
      await send('while the clock is back');
      await readOn();
      mock.timers.setTime(furthest + 5_000);
      await send('after');
      await untilSeen('the reader has all three', 3);
      assert.equal(new Set(seen).size, 3);
    } finally {
      mock.timers.reset();
      await installation.close();
    }
  });
