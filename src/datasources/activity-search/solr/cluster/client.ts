import { DomainError } from '../../../../lib/errors.ts';
import { type HttpAccess, openHttpClient } from '../../../../lib/http-client.ts';

export type SolrClientOptions = HttpAccess & {
  /** Ends in `/solr`; http or https. */
  readonly url: string;
  /** At most so many connections; more calls than that wait. */
  readonly connections?: number;
  /** For a call that says nothing else, in milliseconds. */
  readonly timeoutMs?: number;
  /** A longer answer is given up, in bytes. */
  readonly maxAnswerBytes?: number;
};

export type SolrParams = Readonly<Record<string, string | number | boolean | undefined>>;
type SolrCall = {
  /** Below the URL, such as `/admin/collections`. */
  readonly path: string;
  readonly params?: SolrParams;
  /** Sent as JSON; a call with a body is a POST. */
  readonly json?: unknown;
  /** Sent as it is (files of a configset). */
  readonly bytes?: Uint8Array;
  readonly timeoutMs?: number;
  /** Statuses that are an answer too, not only 200. */
  readonly accept?: readonly number[];
};
type SolrAnswer = {
  readonly responseHeader?: { readonly status?: number; readonly partialResults?: boolean | string };
  readonly [key: string]: unknown;
};

/** Solr over HTTP/1.1 with connections kept alive; every call has a time-out and a signal. */
export type SolrClient = {
  /**
   * @throws DomainError `TIMEOUT` when time is up, also for a partial answer. `BACKEND_UNAVAILABLE` when Solr or a
   * shard is down, or refuses for now. `INTERNAL` for a bad request or an answer beyond the bound
   */
  call(call: SolrCall, signal: AbortSignal): Promise<SolrAnswer>;
  /** See `HttpClient.epoch`. */
  epoch(): number;
  close(): Promise<void>;
};

const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_MAX_ANSWER = 64 * 1024 * 1024;

export const solrUnavailable = (cause?: unknown): DomainError =>
  new DomainError('BACKEND_UNAVAILABLE', 'The search engine does not answer. Try again shortly.', { cause });
const outOfTime = (cause?: unknown): DomainError =>
  new DomainError('TIMEOUT', 'The search took too long. Ask for less, or narrow it.', { cause });

/**
 * 401, 403: credentials are being changed. 404, and 405 for a POST: a core or an alias is missing, yet or already. 409:
 * another writer was faster. 429: Solr limits its load.
 */
const NOT_NOW = new Set([401, 403, 404, 405, 409, 429]);

const tooLarge = (): DomainError =>
  new DomainError('INTERNAL', 'The search engine answered more than can be taken.');

export function openSolrClient(options: SolrClientOptions): SolrClient {
  const http = openHttpClient({
    ...options,
    connections: options.connections ?? 32,
    connectTimeoutMs: 5_000,
    maxAnswerBytes: options.maxAnswerBytes ?? DEFAULT_MAX_ANSWER,
    faults: { unavailable: solrUnavailable, outOfTime, tooLarge },
  });
  return {
    async call({ path, params, json, bytes, timeoutMs, accept }, signal) {
      const body = bytes
        ? { type: 'application/octet-stream', content: bytes }
        : json === undefined
          ? undefined
          : { type: 'application/json', content: JSON.stringify(json) };
      const answer = await http.request(
        {
          path: `${path}?${query(params)}`,
          method: body ? 'POST' : 'GET',
          body,
          timeoutMs: timeoutMs ?? options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
        },
        signal,
      );
      if (answer.status !== 200 && !accept?.includes(answer.status))
        throw refusal(answer.status, answer.text);
      const parsed = parse(answer.text);
      const partial = parsed.responseHeader?.partialResults;
      if (partial !== undefined && partial !== false) throw outOfTime(parsed.responseHeader);
      return parsed;
    },
    epoch: http.epoch,
    close: http.close,
  };
}

function query(params: SolrParams = {}): string {
  const search = new URLSearchParams({ wt: 'json' });
  for (const [name, value] of Object.entries(params))
    if (value !== undefined) search.set(name, String(value));
  return search.toString();
}

/** The answer is JSON or, from something between, anything. */
function parse(text: string): SolrAnswer {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as SolrAnswer;
  } catch {}
  throw solrUnavailable(new Error(`no JSON: ${text.slice(0, 200)}`));
}

/** Solr's message about a refused request goes to the log only. */
function refusal(status: number, text: string): DomainError {
  const cause = new Error(`Solr answered ${status}: ${text.slice(0, 2_000)}`);
  if (status >= 500 || NOT_NOW.has(status)) return solrUnavailable(cause);
  return new DomainError('INTERNAL', 'The search engine could not read the request.', { cause });
}
