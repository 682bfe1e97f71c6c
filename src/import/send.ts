import { DomainError } from '../domain/errors.ts';
import { type Json, roughBytesOf } from '../domain/json.ts';
import type { Tenant } from '../domain/tenant.ts';
import type { Batch, Collector } from '../ingest/collector.ts';
import type { ActivityDraft, Item, ItemErrorCode, Policy, Verdict } from '../ingest/draft.ts';
import type { ImportOptions } from './importer.ts';

export const IMPORT: Policy = { source: 'import', mode: 'strict' };

/** Sends straight to the door of this process, at the pace that the tenant's budget allows. */
export const sendTo =
  (collector: Collector, tenant: Tenant): ImportOptions['send'] =>
  async (drafts) => {
    const batch: Batch = {
      policy: IMPORT,
      items: drafts.map((draft) => ({ kind: 'activity', draft })),
      bytes: roughBytesOf(drafts),
      originalOf: (index) => drafts[index] as Json,
    };
    for (let attempt = 1; ; attempt += 1)
      try {
        return await collector.collect(tenant, batch, new AbortController().signal);
      } catch (error) {
        if (!(error instanceof DomainError && error.retryable) || attempt === ATTEMPTS) throw error;
        await pause(error.retryAfterMs, attempt);
      }
  };

/** What was kept of a row, as a draft again. */
export const decodeDraft = (original: Json): Item => {
  const draft = original as unknown as ActivityDraft;
  // JSON has no NaN, which stands for what is no time.
  return { kind: 'activity', draft: { ...draft, occurredAt: draft.occurredAt ?? Number.NaN } };
};

const ATTEMPTS = 10;

const pause = (retryAfterMs: number | undefined, attempt: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, retryAfterMs ?? 200 * 2 ** attempt));

const MUTATION = `mutation Import($input: RecordActivitiesInput!) {
  recordActivities(input: $input) { results { status error { code message path } } }
}`;

type Result = {
  readonly status: string;
  readonly error: {
    readonly code: ItemErrorCode;
    readonly message: string;
    readonly path: string | null;
  } | null;
};
type Body = {
  readonly data?: { readonly recordActivities: { readonly results: readonly Result[] } } | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly extensions?: { readonly retryable?: boolean; readonly retryAfterMs?: number };
  }[];
};

/**
 * Sends to a server that runs, through its API. What can be tried again is; sending twice is harmless.
 * @throws DomainError when the server refuses for good, or stays away
 */
export const sendOver =
  (url: string, token: string): ImportOptions['send'] =>
  async (drafts) => {
    for (let attempt = 1; ; attempt += 1) {
      const body = await post(url, token, drafts);
      const results = body.data?.recordActivities.results;
      if (results) return results.map(verdictOf);
      const [error] = body.errors ?? [];
      if (!error?.extensions?.retryable || attempt === ATTEMPTS)
        throw new DomainError(
          'BACKEND_UNAVAILABLE',
          `The server at ${url} refused: ${error?.message ?? 'no answer'}`,
        );
      await pause(error.extensions.retryAfterMs, attempt);
    }
  };

async function post(url: string, token: string, drafts: readonly ActivityDraft[]): Promise<Body> {
  const activities = drafts.map(({ occurredAt, ...draft }) => ({
    ...draft,
    occurredAt: timeText(occurredAt),
  }));
  try {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query: MUTATION, variables: { input: { activities } } }),
    });
    return (await response.json()) as Body;
  } catch {
    return { errors: [{ message: 'it does not answer', extensions: { retryable: true } }] };
  }
}

/** A time that no calendar has is left for the server to reject, with its row. */
const timeText = (time: number): string =>
  Math.abs(time) <= 8.64e15 ? new Date(time).toISOString() : String(time);

function verdictOf({ status, error }: Result): Verdict {
  if (error) return { status: 'rejected', error };
  if (status === 'DROPPED') return { status: 'dropped', reason: '' };
  return { status: status === 'DUPLICATE' ? 'duplicate' : 'accepted', id: '' };
}
