import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { buildSchema } from 'graphql';
import { createHandler } from 'graphql-http/lib/use/http';
import type { Browser, Page } from 'playwright-core';
import { buildConsole } from '../../../console/build/build.ts';
import { exampleTabs } from '../../../console/src/examples.ts';
import {
  ASSET_CACHE_CONTROL,
  ASSET_PATH,
  contentSecurityPolicy,
  type GraphiqlAssets,
  graphiqlAssets,
} from '../../../src/gateway/graphiql/page.ts';
import {
  enterToken,
  openBrowser,
  type PageFaults,
  runQueryInGraphiql,
  watchPage,
} from '../../support/browser.ts';

const TOKEN = 'good.token-of_acme';
const REFUSAL = 'The token has expired. Get a new one.';
const schema = buildSchema(`
  "The caller." type Viewer { tenant: Tenant! scopes: [String!]! }
  "A customer of this installation." type Tenant { id: ID! name: String! }
  "Something a person did." type Activity { number: Int! name: String! }
  type Query { viewer: Viewer! activities(first: Int!): [Activity!]! }
`);
const rootValue = {
  viewer: { tenant: { id: 'acme', name: 'Acme Corp' }, scopes: ['activities:read', 'analytics:read'] },
  activities: ({ first }: { first: number }) =>
    Array.from({ length: first }, (_, index) => ({ number: index + 1, name: `Visit ${index + 1}` })),
};

let dir = '';
let assets: GraphiqlAssets;
let server: Server | undefined;
let origin: string;
let browser: Browser | undefined;
/** Headers of every query that the page sent. */
const queries: { readonly headers: IncomingMessage['headers']; readonly method: string | undefined }[] = [];

before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'graphiql-'));
  await buildConsole(dir);
  assets = await graphiqlAssets(dir);
  const graphql = createHandler({ schema, rootValue });
  const listening = createServer((request, response) => {
    void serve(request, response, graphql);
  });
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;
  browser = await openBrowser();
});

after(async () => {
  await browser?.close();
  server?.closeAllConnections();
  server?.close();
  if (dir) await rm(dir, { recursive: true, force: true });
});

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  graphql: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): Promise<void> {
  const path = new URL(request.url ?? '/', origin).pathname;
  response.setHeader('content-security-policy', contentSecurityPolicy);
  if (path.startsWith(ASSET_PATH)) {
    const asset = await assets.asset(path.slice(ASSET_PATH.length), request.headers['accept-encoding'] ?? '');
    if (!asset) {
      response.writeHead(404).end();
      return;
    }
    if (asset.contentEncoding) response.setHeader('content-encoding', asset.contentEncoding);
    response
      .writeHead(200, {
        'content-type': asset.contentType,
        etag: asset.etag,
        'cache-control': ASSET_CACHE_CONTROL,
      })
      .end(asset.body);
    return;
  }
  if (request.headers.accept?.includes('text/html')) {
    response
      .writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
      .end(assets.html({ endpoint: '/graphql', title: 'Journeygraph' }));
    return;
  }
  queries.push({ headers: request.headers, method: request.method });
  if (request.headers.authorization !== `Bearer ${TOKEN}`) {
    const message = request.headers.authorization ? REFUSAL : 'No credential was sent.';
    response
      .writeHead(401, { 'content-type': 'application/json' })
      .end(JSON.stringify({ errors: [{ message, extensions: { code: 'UNAUTHENTICATED' } }] }));
    return;
  }
  await graphql(request, response);
}

async function withPage(
  path: string,
  work: (page: Page, faults: PageFaults) => Promise<void>,
  colorScheme: 'light' | 'dark' = 'light',
): Promise<void> {
  assert.ok(browser);
  const context = await browser.newContext({ viewport: { width: 1400, height: 860 }, colorScheme });
  try {
    const page = await context.newPage();
    const faults = watchPage(page, origin);
    await page.goto(`${origin}${path}`);
    await work(page, faults);
  } finally {
    await context.close();
  }
}

test('a query typed in the browser shows its rows, and nothing is asked of any other origin', async () => {
  await withPage(`/graphql#token=${TOKEN}`, async (page, faults) => {
    await page.locator('#viewer[data-state="known"]').waitFor();
    queries.length = 0;
    const text = await runQueryInGraphiql(page, {
      token: TOKEN,
      query: 'query Rows { viewer { tenant { name } } activities(first: 60) { number name } }',
    });
    const { data } = JSON.parse(text);
    assert.equal(data.viewer.tenant.name, 'Acme Corp');
    assert.equal(data.activities.length, 60);
    assert.equal(data.activities[59].name, 'Visit 60');
    await page.locator('.graphiql-response', { hasText: 'Visit 1' }).waitFor();

    await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
    await page.locator('.graphiql-doc-explorer', { hasText: 'Query' }).waitFor();
    await page.locator('.graphiql-doc-explorer').getByText('Query', { exact: true }).click();
    await page.locator('.graphiql-doc-explorer', { hasText: 'activities' }).waitFor();
    await mkdir('test-results', { recursive: true });
    await page.screenshot({ path: 'test-results/graphiql.png' });

    await page.getByRole('button', { name: 'Show History' }).click();
    await page.locator('.graphiql-history', { hasText: 'Rows' }).waitFor();
    await page.getByRole('button', { name: /^Prettify query/ }).click();
    await page.locator('.graphiql-query-editor .view-line', { hasText: /^\s*query\sRows\s\{$/ }).waitFor();
    assert.deepEqual(faults, { foreignRequests: [], consoleErrors: [] });
  });
});

test('every request has the token and the header that keeps forged requests out', async () => {
  queries.length = 0;
  await withPage('/graphql', async (page) => {
    await page.getByText('No credential was sent.', { exact: true }).waitFor();
    await runQueryInGraphiql(page, { token: TOKEN, query: '{ activities(first: 1) { number } }' });
  });
  const sent = queries.filter(({ headers }) => headers.authorization !== undefined);
  assert.ok(
    sent.length >= 3,
    `the viewer, the schema and the query were asked for with the token, not ${sent.length}`,
  );
  for (const { headers, method } of queries) {
    assert.equal(method, 'POST');
    assert.equal(headers['apollo-require-preflight'], 'true');
    assert.equal(headers['content-type'], 'application/json');
    assert.equal(headers.cookie, undefined);
  }
  for (const { headers } of sent) assert.equal(headers.authorization, `Bearer ${TOKEN}`);
});

test('without a token, and with a bad one, the page says what the API says and how to get a token', async () => {
  await withPage(
    '/graphql',
    async (page, faults) => {
      await page.locator('#viewer[data-state="refused"]').waitFor();
      const nothing = (await page.locator('#viewer').textContent()) ?? '';
      assert.match(nothing, /No credential was sent/);
      assert.match(nothing, /npm run token -- --tenant acme/);
      assert.match(await enterToken(page, 'expired.token'), /The token has expired\. Get a new one\./);
      await page.screenshot({ path: 'test-results/graphiql-refused.png' });
      assert.match(await enterToken(page, 'not a token'), /This is no token/);
      assert.match(
        await enterToken(page, `Bearer ${TOKEN}`),
        /Acme Corp[\s\S]*activities:read[\s\S]*analytics:read/,
      );
      assert.deepEqual(faults.foreignRequests, []);
      // The browser itself writes a line for every answer of 401; nothing else may be there.
      assert.deepEqual(
        faults.consoleErrors.filter((text) => !text.includes('401 (Unauthorized)')),
        [],
      );
    },
    'dark',
  );
});

test('a token in the fragment is used once, leaves the address, and stays in this browser tab only', async () => {
  await withPage(`/graphql?from=mail#token=${TOKEN}`, async (page) => {
    await page.locator('#viewer[data-state="known"]').waitFor();
    assert.equal(page.url(), `${origin}/graphql?from=mail`);
    assert.equal(await page.evaluate("sessionStorage.getItem('journeygraph:token')"), TOKEN);
    assert.ok(!String(await page.evaluate('JSON.stringify(localStorage)')).includes(TOKEN));
    await page.reload();
    await page.locator('#viewer[data-state="known"]').waitFor();
    const other = await page.context().newPage();
    await other.goto(`${origin}/graphql`);
    await other.locator('#viewer[data-state="refused"]').waitFor();
    await other.goto(`${origin}/graphql#token=${TOKEN}`);
    await other.locator('#viewer[data-state="known"]').waitFor();
    assert.equal(other.url(), `${origin}/graphql`);
  });
});

test('it opens with a tab for each example, which has the name of its operation', async () => {
  const names = exampleTabs.map(({ query }) => /^query (\w+)/m.exec(query)?.[1]);
  await withPage(`/graphql#token=${TOKEN}`, async (page) => {
    await page.locator('.graphiql-query-editor .view-line').first().waitFor();
    assert.deepEqual(await page.locator('.graphiql-tab-button').allTextContents(), names);
  });
});

test('two builds at once give the same files as one, and a damaged build is made again', async () => {
  const manifest = await readFile(join(dir, 'manifest.json'), 'utf8');
  const outDir = await mkdtemp(join(tmpdir(), 'graphiql-'));
  try {
    await assert.rejects(graphiqlAssets(outDir), /npm run build/);
    await Promise.all([buildConsole(outDir), buildConsole(outDir)]);
    assert.equal(await readFile(join(outDir, 'manifest.json'), 'utf8'), manifest);
    const { script } = JSON.parse(manifest);
    await rm(join(outDir, `${script}.gz`));
    await buildConsole(outDir);
    assert.ok(await (await graphiqlAssets(outDir)).asset(script));
  } finally {
    await rm(outDir, { recursive: true, force: true });
  }
});

test('an asset is packed only for who takes it packed, and names outside the build are not served', async () => {
  const { style } = JSON.parse(await readFile(join(dir, 'manifest.json'), 'utf8'));
  const packed = await assets.asset(style, 'br, gzip;q=0.5');
  const plain = await assets.asset(style, 'identity');
  assert.ok(packed && plain);
  assert.equal(packed.contentEncoding, 'gzip');
  assert.equal(plain.contentEncoding, undefined);
  assert.deepEqual(gunzipSync(packed.body), plain.body);
  assert.notEqual(packed.etag, plain.etag);
  assert.equal((await assets.asset(style, 'gzip;q=0'))?.contentEncoding, undefined);
  for (const name of ['', 'manifest.json', '../manifest.json', `${style}.gz`, '__proto__'])
    assert.equal(await assets.asset(name), undefined);
  assert.ok(
    !/\bhttps?:\/\/(?!www\.w3\.org)|url\(data:font/.test(
      plain.body.toString().replaceAll(/\/\*[\s\S]*?\*\//g, ''),
    ),
  );
});

test('the page escapes what it is given', () => {
  const html = assets.html({ endpoint: '/graphql?"><script>x', title: '</title><script>alert(1)</script>' });
  assert.equal(html.match(/<script/g)?.length, 1);
  assert.match(html, /<script type="module" src="\/graphiql\/main-[A-Z0-9]+\.js"><\/script>/);
});
