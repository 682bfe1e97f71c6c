import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-dev-shm-usage',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/**
 * Starts the Chromium of this machine: `CHROMIUM_PATH`, else the system's. The caller closes it.
 * @throws Error that says how to get one when there is none.
 */
export async function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: await findChromium(), args: FLAGS });
}

async function findChromium(): Promise<string> {
  const given = process.env.CHROMIUM_PATH;
  const onPath = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'chromium'));
  for (const path of given ? [given] : ['/usr/bin/chromium', ...onPath]) {
    if (await isExecutable(path)) return path;
  }
  throw new Error(
    given
      ? `CHROMIUM_PATH is ${given}, which is no program that can be run.`
      : 'There is no Chromium here. Install it (apt-get install chromium), or name one in CHROMIUM_PATH.',
  );
}

const isExecutable = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  );

/** What a page did that it must not do. Filled as it happens. */
export type PageFaults = {
  /** Addresses of other origins that it asked for. */
  readonly foreignRequests: string[];
  /** Errors and warnings in its console, violations of its policy among them, and uncaught exceptions. */
  readonly consoleErrors: string[];
};

/** Watches a page from before it is opened. Only `origin` and what the page carries itself are its own. */
export function watchPage(page: Page, origin: string): PageFaults {
  const faults: PageFaults = { foreignRequests: [], consoleErrors: [] };
  page.context().on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(`${origin}/`) && !/^(data|blob):/.test(url)) faults.foreignRequests.push(url);
  });
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') faults.consoleErrors.push(message.text());
  });
  page.on('pageerror', (error) => faults.consoleErrors.push(error.message));
  return faults;
}

/** Gives GraphiQL's page the token, as a person does. @returns what the page then says of the caller. */
export async function enterToken(page: Page, token: string): Promise<string> {
  await page.getByLabel('Bearer token').fill(token);
  await page.getByRole('button', { name: 'Use', exact: true }).click();
  const status = page.locator('#viewer:not([data-state="checking"])');
  await status.waitFor();
  return ((await status.textContent()) ?? '').trim();
}

/**
 * Enters the token, types the query into a new tab and runs it, as a person does.
 * @param page GraphiQL, opened.
 * @returns the whole text of the result pane (JSON), also what is scrolled out of sight.
 */
export async function runQueryInGraphiql(
  page: Page,
  { token, query }: { readonly token: string; readonly query: string },
): Promise<string> {
  await enterToken(page, token);
  const editor = page.locator('.graphiql-query-editor .monaco-editor');
  await editor.waitFor();
  await page.getByRole('button', { name: 'New tab' }).click();
  await editor.click();
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.insertText(query);
  // GraphiQL reads the text after a pause; it has when the tab bears the operation's name.
  const name = /\b(?:query|mutation|subscription)\s+(\w+)/.exec(query)?.[1] ?? '<untitled>';
  await page.locator('.graphiql-tab-active', { hasText: name }).waitFor();
  await page.getByRole('button', { name: /^Execute query/ }).click();
  // Asked from outside: the page's policy lets nothing in it evaluate a string, `waitForFunction` included.
  for (let attempt = 0; attempt < 300; attempt += 1) {
    const text = await page.evaluate<string>(RESULT_TEXT);
    if (text !== '') return text;
    await page.waitForTimeout(100);
  }
  throw new Error('GraphiQL shows no result');
}

/** Evaluated in the page: GraphiQL makes Monaco global, whose model has also the lines that aren't drawn. */
const RESULT_TEXT = `globalThis.__MONACO.editor.getModels().find((model) => model.uri.path.endsWith('response.json')).getValue()`;
