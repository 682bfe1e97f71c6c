import { setTimeout as sleep } from 'node:timers/promises';
import { RATING_TYPE, STORE_TYPE } from './history/events.ts';
import { type History, TENANTS, type TenantId } from './history/history.ts';
import type { Item } from './history/items.ts';
import { requestsOf, type WriteRequest } from './history/requests.ts';
import type { Installation } from './installation.ts';

/** What became of all that was sent, by what the API answered. */
export type Verdicts = {
  requests: number;
  items: number;
  /** Activities and identify calls that were taken in; among them repeats that were told to be such. */
  taken: number;
  duplicates: number;
  /** `dialect code path`, with the message where it has one, in order. */
  rejected: string[];
};

/** Requests of a tenant that are under way at once. */
const CONCURRENCY: Readonly<Record<TenantId, number>> = { colossus: 6, middling: 2, tiny: 1 };
const DEFINE = `mutation ($input: DefineActivityTypeInput!) { defineActivityType(input: $input) { activityType { id } } }`;
/** How long an engine may be away before a sender gives up, and between two attempts, in milliseconds. */
const PATIENCE_MS = 45 * 60_000;
const PAUSE_MS = 1_000;

/** Declares the tenants' own types. */
export async function defineTypes(installation: Installation): Promise<void> {
  for (const { id } of TENANTS)
    for (const input of [RATING_TYPE, STORE_TYPE]) {
      const body = JSON.stringify({ query: DEFINE, variables: { input } });
      const answer = await post(installation, installation.api, id, { path: '/graphql', body, items: 1 });
      if (answer['errors']) throw new Error(`A type was refused: ${JSON.stringify(answer['errors'])}`);
    }
}

/** Sends a part of all tenants' histories at once; the late one to another process of the API, where there is one. @param onProgress told of the items that have their answer */
export async function send(
  installation: Installation,
  histories: ReadonlyMap<TenantId, History>,
  part: 'main' | 'late',
  onProgress: (items: number) => void,
): Promise<Verdicts> {
  const api = part === 'late' ? installation.otherApi : installation.api;
  const verdicts: Verdicts = { requests: 0, items: 0, taken: 0, duplicates: 0, rejected: [] };
  await Promise.all(
    [...histories].map(([tenant, history]) =>
      sendItems(history[part](), CONCURRENCY[tenant], async (request) => {
        count(verdicts, request, await post(installation, api, tenant, request));
        onProgress(verdicts.items);
      }),
    ),
  );
  verdicts.rejected.sort();
  return verdicts;
}

async function sendItems(
  items: Iterable<Item>,
  concurrency: number,
  write: (request: WriteRequest) => Promise<void>,
): Promise<void> {
  const underWay = new Set<Promise<void>>();
  for (const request of requestsOf(items)) {
    if (request === 'barrier') await Promise.all(underWay);
    else {
      if (underWay.size >= concurrency) await Promise.race(underWay);
      const writing: Promise<void> = write(request).finally(() => underWay.delete(writing));
      underWay.add(writing);
    }
  }
  await Promise.all(underWay);
}

// biome-ignore lint/suspicious/noExplicitAny: answers of two dialects; `count` says what they must be.
type Answer = any;

/** Sends until it is taken in, as a sender does: what is retryable goes again, byte for byte. */
async function post(
  installation: Installation,
  api: string,
  tenant: TenantId,
  request: WriteRequest,
): Promise<Answer> {
  const authorization =
    request.path === '/graphql'
      ? `Bearer ${await tokenOf(installation, tenant)}`
      : `Basic ${Buffer.from(`${installation.writeKey(tenant)}:`).toString('base64')}`;
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const response = await fetch(api + request.path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization },
      body: request.body,
    });
    const text = await response.text();
    const answer: Answer = JSON.parse(text);
    const isRetryable =
      [429, 503, 504].includes(response.status) || answer.errors?.[0]?.extensions?.retryable === true;
    if (!isRetryable) {
      if (response.status !== 200)
        throw new Error(`${request.path} answered ${response.status}: ${text.slice(0, 500)}`);
      return answer;
    }
    if (performance.now() > deadline) throw new Error(`Sent again and again in vain: ${text.slice(0, 500)}`);
    await sleep(PAUSE_MS);
  }
}

const tokens = new WeakMap<Installation, Map<TenantId, Promise<string>>>();

/** One token for each tenant: making one costs more than a request. */
function tokenOf(installation: Installation, tenant: TenantId): Promise<string> {
  let known = tokens.get(installation);
  if (!known) tokens.set(installation, (known = new Map()));
  let token = known.get(tenant);
  if (!token) known.set(tenant, (token = installation.token(tenant, ['activities:write', 'admin'])));
  return token;
}

/** A repeat with another body: which profile tells it at once, and which takes it and keeps it later, is its own. */
const isConflict = ({ code }: { readonly code: string }): boolean => code === 'CONFLICT';

function count(verdicts: Verdicts, { path, items }: WriteRequest, answer: Answer): void {
  verdicts.requests += 1;
  verdicts.items += items;
  if (path === '/v1/batch') {
    const rejected = answer.rejected ?? [];
    const conflicts = rejected.filter(isConflict).length;
    verdicts.taken += answer.accepted + answer.duplicates + conflicts;
    verdicts.duplicates += answer.duplicates + conflicts;
    for (const error of rejected)
      if (!isConflict(error)) verdicts.rejected.push(`segment ${error.code} ${error.path}`);
    return;
  }
  if (answer.errors) throw new Error(`A mutation failed: ${JSON.stringify(answer.errors).slice(0, 500)}`);
  const { recordActivities, identifyLeads } = answer.data;
  for (const { messageId = '', error } of (recordActivities ?? identifyLeads).results)
    if (error && !isConflict(error))
      verdicts.rejected.push(`graphql ${error.code} ${error.path} ${messageId}`);
    else verdicts.taken += 1;
  const results: readonly { error?: { code: string } | null }[] = recordActivities?.results ?? [];
  verdicts.duplicates +=
    (recordActivities?.duplicates ?? 0) + results.filter(({ error }) => error && isConflict(error)).length;
}
