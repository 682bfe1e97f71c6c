import { type ActivityTypeDefinition, STANDARD_TYPES } from '../../domain/activity-types.ts';
import type { ActivityDraft, Item, ItemError, LeadDraft, Verdict } from '../../ingest/draft/draft.ts';
import { DomainError } from '../../lib/errors.ts';
import { retry } from '../../lib/retry.ts';
import type { Send } from './deliver.ts';
import { DELIVERY, type Destination } from './send.ts';

const ACTIVITIES = `mutation Import($input: RecordActivitiesInput!) {
  answer: recordActivities(input: $input) { results { status error { code message path } } }
}`;
const LEADS = `mutation ImportLeads($input: IdentifyLeadsInput!) {
  answer: identifyLeads(input: $input) { results { accepted error { code message path } } }
}`;
const TYPES = `query ImportTypes {
  activityTypes { name number category description conversion standard
    attributes { name dataType description required pii } }
}`;
const TENANT = 'query ImportTenant { viewer { tenant { id } } }';

/** How often a call is refused for the budget before it is halved: all of it may be more than there ever is. */
const REFUSALS = 5;

type Result = { readonly status?: string; readonly error: ItemError | null };
type GraphqlError = {
  readonly message: string;
  readonly extensions?: {
    readonly code?: string;
    readonly retryable?: boolean;
    readonly retryAfterMs?: number;
  };
};
type Body = {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly GraphqlError[];
  readonly status?: number;
};

/**
 * A running server, through its API. Sending is idempotent, so retryable failures are retried.
 * @param tenant which tenant the token must be of; undefined: any
 * @throws DomainError when the server is away, does not know the token, or the token is of another tenant
 */
export async function connect(url: string, token: string, tenant: string | undefined): Promise<Destination> {
  const post = poster(url, token);
  const answer = await post(TENANT, {});
  const { viewer } = (answer.data ?? {}) as { viewer?: { tenant: { id: string } } };
  if (!viewer) throw refusal(url, answer);
  if (tenant !== undefined && viewer.tenant.id !== tenant)
    throw new DomainError(
      'FORBIDDEN',
      `The token is of the tenant '${viewer.tenant.id}', not of '${tenant}'.`,
    );
  const { data } = await post(TYPES, {});
  // A token that may only write is not told the tenant's own types.
  const types = (data?.['activityTypes'] as ActivityTypeDefinition[] | null | undefined) ?? STANDARD_TYPES;
  return { types, send: createSend(url, post) };
}

type Post = (query: string, variables: object) => Promise<Body>;

const poster =
  (url: string, token: string): Post =>
  async (query, variables) => {
    let status = 0;
    try {
      const response = await fetch(`${url.replace(/\/+$/, '')}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify({ query, variables }),
      });
      status = response.status;
      return { ...((await response.json()) as Body), status };
    } catch {
      const message =
        status === 0 ? 'it does not answer' : `it answered ${status}, which is no answer of this API`;
      return { errors: [{ message, extensions: { retryable: status === 0 || status >= 500 } }], status };
    }
  };

function refusal(url: string, { errors, status }: Body): DomainError {
  const [error] = errors ?? [];
  const hint =
    status === 401 ? ' Give a token of it: --token, from npm run token -- --scopes activities:write.' : '';
  const { code, retryable = false, retryAfterMs } = error?.extensions ?? {};
  return new DomainError(
    code === 'RATE_LIMITED' && retryable ? code : 'BACKEND_UNAVAILABLE',
    `The server at ${url} refused: ${error?.message ?? 'no answer'}${hint}`,
    { retryable, ...(retryAfterMs !== undefined && { retryAfterMs }) },
  );
}

function createSend(url: string, post: Post): Send {
  const call = async (query: string, name: string, inputs: readonly object[]): Promise<readonly Result[]> => {
    const halves = async () => {
      const middle = Math.ceil(inputs.length / 2);
      const first = await call(query, name, inputs.slice(0, middle));
      return [...first, ...(await call(query, name, inputs.slice(middle)))];
    };
    /** Undefined: the call is too large for the server or the budget, and must be halved. */
    const deliver = async (attempt: number): Promise<readonly Result[] | undefined> => {
      const body = await post(query, { input: { [name]: inputs } });
      const answer = body.data?.['answer'] as { results: readonly Result[] } | null | undefined;
      if (answer) return answer.results;
      const [error] = body.errors ?? [];
      const canBeHalved = inputs.length > 1;
      if (body.status === 413)
        return canBeHalved ? undefined : [{ error: tooLarge(error?.message ?? 'The row is too large.') }];
      const isRateLimited = error?.extensions?.code === 'RATE_LIMITED';
      if (isRateLimited && attempt >= REFUSALS && canBeHalved) return undefined;
      throw refusal(url, body);
    };
    return (await retry(deliver, DELIVERY)) ?? halves();
  };
  return async (items) => {
    const activities = items.flatMap((item) => (item.kind === 'activity' ? [activityInput(item.draft)] : []));
    const leads = items.flatMap((item) => (item.kind === 'lead' ? [leadInput(item.draft)] : []));
    const said = activities.length > 0 ? await call(ACTIVITIES, 'activities', activities) : [];
    const known = leads.length > 0 ? await call(LEADS, 'leads', leads) : [];
    let [nextActivity, nextLead] = [0, 0];
    return items.map((item: Item) =>
      verdictOf(item.kind === 'lead' ? known[nextLead++] : said[nextActivity++]),
    );
  };
}

const tooLarge = (message: string): ItemError => ({ code: 'TOO_LARGE', message, path: null });

/** Only what there is: null would take something away. */
const present = (input: object): object =>
  Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null && value !== undefined));

const activityInput = ({ occurredAt, ...draft }: ActivityDraft): object =>
  present({ ...draft, occurredAt: timeText(occurredAt) });
const leadInput = ({ at, ...draft }: LeadDraft): object => present({ ...draft, at: timeText(at) });

/** A time that no calendar has is left for the server to reject, with its row. */
const timeText = (time: number): string =>
  Math.abs(time) <= 8.64e15 ? new Date(time).toISOString() : String(time);

function verdictOf(result: Result | undefined): Verdict {
  if (result?.error) return { status: 'rejected', error: result.error };
  if (result?.status === 'DROPPED') return { status: 'dropped', reason: '' };
  return { status: result?.status === 'DUPLICATE' ? 'duplicate' : 'accepted', id: '' };
}
