import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ALL_SCOPES, openInstallation, type TestInstallation } from '../support/application.ts';
import { openBrowser, runQueryInGraphiql, watchPage } from '../support/browser.ts';

describe('GraphiQL on the whole product', () => {
  let installation: TestInstallation;
  before(async () => {
    installation = await openInstallation();
  });
  after(() => installation.close());

  test('a person opens the address in Chromium, gives a token, runs a query and sees its rows', async () => {
    const token = await installation.token('one', ALL_SCOPES);
    const activities = ['Pricing and Plans', 'Getting Started'].map((title, n) => ({
      messageId: `m-${n}`,
      externalId: 'ada',
      type: 'Visit Webpage',
      occurredAt: new Date(Date.now() - n * 60_000).toISOString(),
      attributes: { title },
    }));
    const recorded = await installation.graphql(
      token,
      'mutation ($input: RecordActivitiesInput!) { recordActivities(input: $input) { accepted } }',
      { input: { activities } },
    );
    assert.equal(recorded.body.data.recordActivities.accepted, 2);
    const browser = await openBrowser();
    try {
      const page = await browser.newPage();
      const faults = watchPage(page, installation.address);
      await page.goto(`${installation.address}/graphql`);
      const result = await runQueryInGraphiql(page, {
        token,
        query: '{ lead(externalId: "ada") { activities { nodes { type { name } attributes } } } }',
      });
      assert.match(result, /Pricing and Plans/);
      assert.match(result, /Getting Started/);
      const folder = join(import.meta.dirname, '../../test-results');
      await mkdir(folder, { recursive: true });
      await page.screenshot({ path: join(folder, 'product.png') });
      assert.deepEqual(faults, { foreignRequests: [], consoleErrors: [] });
    } finally {
      await browser.close();
    }
  });
});
