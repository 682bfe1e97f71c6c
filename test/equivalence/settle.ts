import { setTimeout as sleep } from 'node:timers/promises';
import { lagsOf } from '../../scripts/load/lags.ts';
import { ask } from './ask.ts';
import { entry } from './catalogue/entry.ts';
import type { Expected, TenantId } from './history/history.ts';
import { DAY } from './history/items.ts';
import type { Installation } from './installation.ts';

/** Consumer groups of a cluster that must have read all there is. */
const GROUPS = ['settle', 'repeats', 'search'];
const POLL_MS = 1_000;

/** So many times in a row nothing may be missing, and nothing change. */
const QUIET = 4;

/**
 * Waits until a profile has settled what it took in: everything that follows the log has read all of it, search and
 * figures show as many activities and sends as there were, and none of these figures changes any more.
 * @param onWait told every now and then what is waited for
 * @throws Error that says what was waited for, after `timeoutMs` without any progress
 */
export async function untilSettled(
  installation: Installation,
  expected: ReadonlyMap<TenantId, Expected>,
  endsAt: number,
  onWait: (what: string) => void,
  timeoutMs: number,
): Promise<void> {
  let before = '';
  let since = performance.now();
  for (let quiet = 0; quiet < QUIET; ) {
    const { wrong, figures } = await counts(installation, expected, endsAt);
    const missing = [...(await lags(installation)), ...wrong].join(', ');
    const now = `${figures} ${missing}`;
    quiet = missing === '' && now === before ? quiet + 1 : 0;
    if (now !== before) {
      since = performance.now();
      if (missing !== '') onWait(missing);
    } else if (performance.now() - since > timeoutMs)
      throw new Error(`Waited ${timeoutMs} ms in vain, for: ${missing}`);
    before = now;
    await sleep(POLL_MS);
  }
}

/** What the groups have still to read, one text for each that has. */
async function lags({ workers }: Installation): Promise<string[]> {
  if (workers === null) return [];
  const known = await lagsOf(workers);
  return GROUPS.flatMap((group) => {
    const lag = known.get(group);
    return lag === 0 ? [] : [`${group} is behind by ${lag ?? 'an unknown number of'} records`];
  });
}

/** All e-mail figures, since what became of sends may come after them. */
const EMAIL = ['SENT', 'DELIVERED', 'HARD_BOUNCED', 'SOFT_BOUNCED', 'OPENED', 'CLICKED', 'UNSUBSCRIBED'];
/** Whole hours, which roll-ups answer, and a span that cuts one, which only the activities themselves do. */
const COUNT = `query ($hours: MetricsInput!, $cut: MetricsInput!, $email: MetricsInput!) {
  searchActivities(first: 1) { total(exact: true) { value } }
  hours: metrics(query: $hours) { rows { values { value } } }
  cut: metrics(query: $cut) { rows { values { value } } }
  email: metrics(query: $email) { rows { values { value } } } }`;

type Counts = {
  readonly searchActivities?: { readonly total: { readonly value: number } } | null;
} & {
  readonly [name in 'hours' | 'cut' | 'email']?: {
    readonly rows: readonly { readonly values: readonly { readonly value: number }[] }[];
  } | null;
};

/** What search and figures show: where that is another number than was sent, one text for each; and all figures. */
async function counts(
  installation: Installation,
  expected: ReadonlyMap<TenantId, Expected>,
  endsAt: number,
): Promise<{ readonly wrong: string[]; readonly figures: string }> {
  const at = (time: number) => new Date(time).toISOString();
  const all = { from: at(endsAt - 2_000 * DAY), to: at(endsAt + DAY), includeBots: true, opens: 'ALL' };
  const variables = {
    hours: { measures: ['ACTIVITIES'], ...all },
    cut: { measures: ['ACTIVITIES'], ...all, from: at(endsAt - 2_000 * DAY + 1) },
    email: { measures: EMAIL, ...all },
  };
  const wrong: string[] = [];
  const figures: unknown[] = [];
  for (const [tenant, { activities, sends }] of expected) {
    const answer = await ask(installation, entry('count', COUNT, variables, { tenant }));
    const data = (answer.pages[0]?.data ?? {}) as Counts;
    const first = (name: 'hours' | 'cut' | 'email') => data[name]?.rows[0]?.values[0]?.value;
    for (const [what, shown, count] of [
      ['search', data.searchActivities?.total.value, activities],
      ['figures', first('hours'), activities],
      ['figures of cut hours', first('cut'), activities],
      ['figures of e-mail', first('email'), sends],
    ] as const)
      if (shown !== count) wrong.push(`${what}: ${shown ?? 'none'} of ${count} of ${tenant}`);
    figures.push(data);
  }
  return { wrong, figures: JSON.stringify(figures) };
}
