import { setTimeout as sleep } from 'node:timers/promises';
import { ask } from './ask.ts';
import { entry } from './catalogue/entry.ts';
import type { TenantId } from './history/history.ts';
import type { Installation } from './installation.ts';

/** Consumer groups of a cluster that must have read all there is. */
const GROUPS = ['settle', 'repeats', 'search'];
const POLL_MS = 1_000;

/**
 * Waits until a profile has settled what it took in: everything that follows the log has read all of it, and search
 * and figures show as many activities as were sent in earnest.
 * @param expected messages of each tenant
 * @param onWait told every now and then what is waited for
 * @throws Error that says what was waited for, after `timeoutMs` without any progress
 */
export async function untilSettled(
  installation: Installation,
  expected: ReadonlyMap<TenantId, number>,
  endsAt: number,
  onWait: (what: string) => void,
  timeoutMs: number,
): Promise<void> {
  let before = '';
  let since = performance.now();
  for (let quiet = 0; quiet < 2; ) {
    const missing = [...(await lags(installation)), ...(await counts(installation, expected, endsAt))].join(
      ', ',
    );
    quiet = missing === '' ? quiet + 1 : 0;
    if (missing !== before) {
      before = missing;
      since = performance.now();
      if (missing !== '') onWait(missing);
    }
    if (missing !== '' && performance.now() - since > timeoutMs)
      throw new Error(`Waited ${timeoutMs} ms in vain, for: ${missing}`);
    await sleep(POLL_MS);
  }
}

/** What the groups have still to read, one text for each that has. */
async function lags({ workers }: Installation): Promise<string[]> {
  if (workers === null) return [];
  const text = await (await fetch(`${workers}/metrics`)).text();
  return GROUPS.flatMap((group) => {
    const lag = new RegExp(`^journeygraph_consumer_lag_records\\{group="${group}"\\} (\\d+)$`, 'm').exec(
      text,
    )?.[1];
    return lag === '0' ? [] : [`${group} is behind by ${lag ?? 'an unknown number of'} records`];
  });
}

const COUNT = `query ($query: MetricsQuery!) { searchActivities(first: 1) { total(exact: true) { value } }
  metrics(query: $query) { rows { values { value } } } }`;

/** Where search or figures show another number of activities than was sent, one text for each. */
async function counts(
  installation: Installation,
  expected: ReadonlyMap<TenantId, number>,
  endsAt: number,
): Promise<string[]> {
  const query = {
    measures: ['ACTIVITIES'],
    from: new Date(endsAt - 2_000 * 86_400_000).toISOString(),
    to: new Date(endsAt + 86_400_000).toISOString(),
    includeBots: true,
  };
  const wrong: string[] = [];
  for (const [tenant, count] of expected) {
    const answer = await ask(installation, entry('count', COUNT, { query }, { tenant }));
    // biome-ignore lint/suspicious/noExplicitAny: the shape is the query's; what is missing shows as unknown.
    const data = answer.pages[0]?.data as any;
    const found = data?.searchActivities?.total.value;
    const counted = data?.metrics?.rows[0]?.values[0]?.value;
    if (found !== count) wrong.push(`search shows ${found ?? 'none'} of ${count} of ${tenant}`);
    if (counted !== count) wrong.push(`figures show ${counted ?? 'none'} of ${count} of ${tenant}`);
  }
  return wrong;
}
