import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { ALL_SCOPES, openInstallation, type TestInstallation } from '../support/application.ts';
import { openBrowser } from '../support/browser.ts';
import { until } from '../support/until.ts';

/** @param path of a folder in a package, of which `entry` is a file's address */
const folderOf = (entry: string, path: string): string =>
  fileURLToPath(`${entry.slice(0, entry.indexOf('/node_modules/'))}/node_modules/${path}`);
/** The SDKs as they are published for pages, by their path on the page's server. */
const FOLDERS: Readonly<Record<string, string>> = {
  segment: folderOf(import.meta.resolve('@segment/analytics-next'), '@segment/analytics-next/dist/umd'),
  rudder: folderOf(
    import.meta.resolve('@rudderstack/analytics-js'),
    '@rudderstack/analytics-js/dist/npm/modern/bundled/umd',
  ),
};

type Setup = {
  /** What the page runs, with `base`, `key` and `user`: says who it is, tracks an event and tells of a page. */
  readonly sdk: keyof typeof FOLDERS;
  readonly script: string;
  /** Addresses that take the events. */
  readonly takes: readonly string[];
};

const calls = (name: string) => `${name}.identify(user, { plan: 'pro' });
  ${name}.track('Demo Requested', { seats: 3 });
  ${name}.page('Pricing');`;
const segment = (settings: string, options = '{}') =>
  `const analytics = AnalyticsNext.AnalyticsBrowser.load(${settings}, ${options}); ${calls('analytics')}`;
const rudder = (options: string) =>
  `const sdk = new rudderanalytics.RudderAnalytics(); sdk.load(key, base, { configUrl: base, ${options} }); ${calls('sdk')}`;

const SETUPS: Readonly<Record<string, Setup>> = {
  'analytics.js by its key': {
    sdk: 'segment',
    script: segment('{ writeKey: key, cdnURL: base }'),
    takes: ['/v1/i', '/v1/t', '/v1/p'],
  },
  'analytics.js in batches': {
    sdk: 'segment',
    script: segment(
      '{ writeKey: key, cdnURL: base }',
      `{ integrations: { 'Segment.io': { deliveryStrategy: { strategy: 'batching', config: { size: 3, timeout: 500 } } } } }`,
    ),
    takes: ['/v1/b'],
  },
  'analytics.js with its settings in the page': {
    sdk: 'segment',
    script: segment(
      `{ writeKey: key, cdnSettings: { integrations: { 'Segment.io': { apiKey: key, apiHost: base.replace('http://', '') + '/v1', protocol: 'http' } } } }`,
    ),
    takes: ['/v1/i', '/v1/t', '/v1/p'],
  },
  "RudderStack's SDK": {
    sdk: 'rudder',
    script: rudder(''),
    takes: ['/v1/identify', '/v1/track', '/v1/page'],
  },
  "RudderStack's SDK with beacons": {
    sdk: 'rudder',
    script: rudder('useBeacon: true, beaconQueueOptions: { maxItems: 3, flushQueueInterval: 500 }'),
    takes: ['/beacon/v1/batch'],
  },
};

describe('Unmodified SDKs for browsers deliver from a page of another origin', () => {
  let installation: TestInstallation;
  let pages: Server;
  let browser: Browser;
  let key: string;
  let token: string;
  let setup: Setup | undefined;
  let user = '';
  before(async () => {
    installation = await openInstallation();
    const { directory } = installation.application;
    key = await directory.createKey({ tenantId: 'one', kind: 'write', scopes: [], name: 'page' });
    token = await installation.token('one', ALL_SCOPES);
    pages = createServer(async (request, response) => {
      const [, folder = '', file = ''] = (request.url ?? '').split('?')[0]?.split('/') ?? [];
      const known = FOLDERS[folder];
      if (known) {
        const text = await readFile(join(known, basename(file))).catch(() => undefined);
        response.writeHead(text ? 200 : 404, { 'content-type': 'text/javascript' }).end(text);
        return;
      }
      const values = JSON.stringify({ base: installation.address, key, user });
      response.writeHead(200, { 'content-type': 'text/html' }).end(
        `<!doctype html><title>Pricing</title><script src="/${setup?.sdk}/index.js"></script>
         <script>const { base, key, user } = ${values}; ${setup?.script}</script>`,
      );
    });
    await new Promise<void>((listening) => pages.listen(0, '127.0.0.1', listening));
    browser = await openBrowser();
  });
  after(async () => {
    await browser?.close();
    pages?.close();
    await installation.close();
  });

  const timeline = async (externalId: string) => {
    const { body } = await installation.graphql(
      token,
      'query ($id: String!) { lead(externalId: $id) { traits activities { nodes { type { name } attributes context } } } }',
      { id: externalId },
    );
    const { lead } = body.data;
    return {
      plan: lead?.traits.plan,
      types: (lead?.activities.nodes ?? []).map((node: { type: { name: string } }) => node.type.name).sort(),
    };
  };

  for (const [name, one] of Object.entries(SETUPS))
    test(`${name}`, async () => {
      setup = one;
      user = `user of ${name}`;
      const page = await browser.newPage();
      const seen = watch(page, installation.address);
      const { port } = pages.address() as AddressInfo;
      await page.goto(`http://localhost:${port}/?sdk`);
      try {
        await until(
          'the events are there and answered',
          async () => {
            const { plan, types } = await timeline(user);
            const isAnswered = one.takes.every((path) => seen.answers.has(`200 ${path}`));
            return plan === 'pro' && types.length === 2 && isAnswered;
          },
          120_000,
        );
      } catch (error) {
        throw new Error(`${seen.messages.join('\n')}\n${[...seen.answers].join('\n')}`, { cause: error });
      }
      assert.deepEqual(await timeline(user), { plan: 'pro', types: ['Track Event', 'Visit Webpage'] });
      assert.deepEqual(
        [...seen.answers].filter((answer) => !answer.startsWith('20')),
        [],
      );
      await page.close();
    });
});

/** What the API answered the page, as `status path`, and what the page's console says. */
function watch(page: Page, address: string) {
  const answers = new Set<string>();
  const messages: string[] = [];
  page.on('response', (response) => {
    const { origin, pathname } = new URL(response.url());
    if (origin === address) answers.add(`${response.status()} ${pathname}`);
  });
  page.on('console', (message) => messages.push(message.text()));
  page.on('pageerror', (error) => messages.push(error.message));
  page.on('requestfailed', (request) => messages.push(`${request.url()} ${request.failure()?.errorText}`));
  return { answers, messages };
}
