import { Pool } from 'undici';
import { DomainError } from '../../domain/errors.ts';
import { abortReason } from '../db/db.ts';

export type SolrClientOptions = {
  /** Ends in `/solr`; http or https. */
  readonly url: string;
  readonly user?: string;
  readonly password?: string;
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
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
   * @throws DomainError `TIMEOUT` when time is up, also when Solr ended a search early (an answer of a part is
   * none); `BACKEND_UNAVAILABLE` when it isn't reached, a shard is down, or it refuses for now; `INTERNAL` for
   * a request it can't read or an answer beyond the bound
   */
  call(call: SolrCall, signal: AbortSignal): Promise<SolrAnswer>;
  /**
   * Grows whenever Solr may have been restarted unseen: a connection was broken by the other side, or none was
   * open any more. While it stays the same, it is the same process that answers.
   */
  epoch(): number;
  close(): Promise<void>;
};

const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_MAX_ANSWER = 64 * 1024 * 1024;
/** Below the 120 s after which Solr's server closes an idle connection. */
const KEEP_ALIVE_MS = 60_000;
/** The other side closed or broke a connection, and not we (an idle one, or a call that was stopped). */
const BROKEN = /^(?:E[A-Z]+|UND_ERR_SOCKET|UND_ERR_CONNECT_TIMEOUT)$/;

export const solrUnavailable = (cause?: unknown): DomainError =>
  new DomainError('BACKEND_UNAVAILABLE', 'The search engine does not answer. Try again shortly.', { cause });
const outOfTime = (cause?: unknown): DomainError =>
  new DomainError('TIMEOUT', 'The search took too long. Ask for less, or narrow it.', { cause });

export function openSolrClient(options: SolrClientOptions): SolrClient {
  const url = new URL(options.url);
  const base = url.pathname.replace(/\/$/, '');
  const maxAnswer = options.maxAnswerBytes ?? DEFAULT_MAX_ANSWER;
  const pool = new Pool(url.origin, {
    connections: options.connections ?? 32,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connect: { timeout: 5_000, ...options.tls },
  });
  let epoch = 0;
  let connected = 0;
  pool.on('connect', () => {
    connected += 1;
  });
  pool.on('disconnect', (_origin, _targets, error) => {
    connected -= 1;
    if (BROKEN.test(error.code) || connected === 0) epoch += 1;
  });
  pool.on('connectionError', () => {
    epoch += 1;
  });
  const authorization =
    options.user === undefined
      ? undefined
      : `Basic ${Buffer.from(`${options.user}:${options.password ?? ''}`).toString('base64')}`;

  const send = async (call: SolrCall, signal: AbortSignal): Promise<{ status: number; text: string }> => {
    const body = call.bytes ?? (call.json === undefined ? null : JSON.stringify(call.json));
    const answer = await pool.request({
      path: `${base}${call.path}?${query(call.params)}`,
      method: body === null ? 'GET' : 'POST',
      body,
      signal,
      headers: {
        ...(authorization && { authorization }),
        ...(body !== null && {
          'content-type': call.bytes ? 'application/octet-stream' : 'application/json',
        }),
      },
      // The signal bounds the whole call; these two would bound its parts.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of answer.body as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > maxAnswer) {
        answer.body.destroy();
        throw new DomainError('INTERNAL', 'The search engine answered more than can be taken.');
      }
      chunks.push(chunk);
    }
    return { status: answer.statusCode, text: Buffer.concat(chunks).toString() };
  };

  return {
    async call(call, signal) {
      if (signal.aborted) throw abortReason(signal);
      const timer = AbortSignal.timeout(call.timeoutMs ?? options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
      let answer: { status: number; text: string };
      try {
        answer = await send(call, AbortSignal.any([signal, timer]));
      } catch (error) {
        if (error instanceof DomainError) throw error;
        if (signal.aborted) throw abortReason(signal);
        throw timer.aborted ? outOfTime(error) : solrUnavailable(error);
      }
      if (answer.status !== 200 && !call.accept?.includes(answer.status))
        throw refusal(answer.status, answer.text);
      const parsed = parse(answer.text);
      const partial = parsed.responseHeader?.partialResults;
      if (partial !== undefined && partial !== false) throw outOfTime(parsed.responseHeader);
      return parsed;
    },
    epoch: () => epoch,
    close: () => pool.destroy(),
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

/** What Solr says of a refused request goes to the log only. */
function refusal(status: number, text: string): DomainError {
  const cause = new Error(`Solr answered ${status}: ${text.slice(0, 2_000)}`);
  // 404: a core or an alias that is not there yet; 409: another one was faster; 429: it guards its load.
  if (status >= 500 || status === 404 || status === 409 || status === 429 || status === 401 || status === 403)
    return solrUnavailable(cause);
  return new DomainError('INTERNAL', 'The search engine could not read the request.', { cause });
}
