import { randomUUID } from 'node:crypto';
import { DomainError } from '../../domain/errors.ts';
import { type HttpAccess, openHttpClient } from '../http-client.ts';

/** Where a Druid cluster is, and whose data sources in it are ours. */
export type DruidConfig = HttpAccess & {
  /** A broker (or router): http or https. */
  readonly brokerUrl: string;
  /** A coordinator that is the overlord too (or a router with management enabled). */
  readonly coordinatorUrl: string;
  /** Begins the names of data sources and supervisors. */
  readonly prefix: string;
  /** At most so many connections to the broker; more queries than that wait. */
  readonly connections?: number | undefined;
  /** For a query, in milliseconds. */
  readonly timeoutMs?: number | undefined;
  /** The lane of a broker with manual laning that our queries run in. */
  readonly lane?: string | undefined;
  /** Greater goes first. */
  readonly priority?: number | undefined;
};

type DruidCall = {
  readonly at: 'broker' | 'coordinator';
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly json?: unknown;
  readonly timeoutMs?: number;
  /** Statuses that are an answer too, not only 200; they give null. */
  readonly none?: readonly number[];
};

export type DruidRow = readonly (string | number | boolean | null)[];

/** Druid over HTTP/1.1 with connections kept alive; every call has a time-out and a signal. */
export type DruidClient = {
  /**
   * Rows as arrays, in the order of the SELECT. A stopped query is cancelled at the broker.
   * @throws DomainError `TIMEOUT` when time is up; `BACKEND_UNAVAILABLE` when Druid isn't reached, refuses for
   * now or has no such data source yet; `INTERNAL` for a query it can't run
   */
  sql(text: string, signal: AbortSignal, context?: Readonly<Record<string, unknown>>): Promise<DruidRow[]>;
  /** One call of the HTTP API. @throws DomainError as `sql` */
  call<T>(call: DruidCall, signal: AbortSignal): Promise<T>;
  /** See `HttpClient.epoch`. */
  brokerEpoch(): number;
  close(): Promise<void>;
};

const DEFAULT_TIMEOUT_MS = 15_000;
const ADMIN_CONNECTIONS = 4;
const MAX_ANSWER_BYTES = 128 * 1024 * 1024;
/** What the broker may hold of nested queries' results on its heap. */
const MAX_SUBQUERY_BYTES = 100_000_000;

export const druidUnavailable = (cause?: unknown): DomainError =>
  new DomainError('BACKEND_UNAVAILABLE', 'The figures are not available now. Try again shortly.', { cause });
const outOfTime = (cause?: unknown): DomainError =>
  new DomainError('TIMEOUT', 'The figures took too long. Ask for a shorter period, or filter.', { cause });

const tooLarge = (): DomainError => new DomainError('INTERNAL', 'Druid answered more than can be taken.');

export function openDruid(config: DruidConfig): DruidClient {
  const open = (url: string, connections: number) =>
    openHttpClient({
      ...config,
      url,
      connections,
      connectTimeoutMs: 3_000,
      maxAnswerBytes: MAX_ANSWER_BYTES,
      faults: { unavailable: druidUnavailable, outOfTime, tooLarge },
    });
  const servers = {
    broker: open(config.brokerUrl, config.connections ?? 32),
    coordinator: open(config.coordinatorUrl, ADMIN_CONNECTIONS),
  };

  const call = async <T>(what: DruidCall, signal: AbortSignal): Promise<T> => {
    const { at, path, method, json, timeoutMs, none } = what;
    const answer = await servers[at].request(
      {
        path,
        method: method ?? (json === undefined ? 'GET' : 'POST'),
        body: json === undefined ? undefined : { type: 'application/json', content: JSON.stringify(json) },
        timeoutMs: timeoutMs ?? config.timeoutMs ?? DEFAULT_TIMEOUT_MS,
      },
      signal,
    );
    if (none?.includes(answer.status)) return null as T;
    if (answer.status < 200 || answer.status > 299) throw refusal(answer.status, answer.text);
    return parse(answer.text) as T;
  };

  return {
    call,
    brokerEpoch: servers.broker.epoch,
    async sql(text, signal, context = {}) {
      const timeoutMs = config.timeoutMs ?? DEFAULT_TIMEOUT_MS;
      const sqlQueryId = randomUUID();
      try {
        return await call<DruidRow[]>(
          {
            at: 'broker',
            path: '/druid/v2/sql',
            timeoutMs: timeoutMs + 1_000,
            json: {
              query: text,
              resultFormat: 'array',
              context: {
                sqlQueryId,
                timeout: timeoutMs,
                sqlTimeZone: 'UTC',
                // The completeness of an answer is proved of the data that made it; a cached one has no proof.
                useCache: false,
                populateCache: false,
                useResultLevelCache: false,
                populateResultLevelCache: false,
                maxSubqueryBytes: String(MAX_SUBQUERY_BYTES),
                ...(config.lane !== undefined && { lane: config.lane }),
                ...(config.priority !== undefined && { priority: config.priority }),
                ...context,
              },
            },
          },
          signal,
        );
      } catch (error) {
        if (signal.aborted || (error instanceof DomainError && error.code === 'TIMEOUT'))
          // Nobody waits for the answer; without this the data servers would go on.
          void call(
            { at: 'broker', method: 'DELETE', path: `/druid/v2/sql/${sqlQueryId}`, timeoutMs: 3_000 },
            AbortSignal.timeout(3_000),
          ).catch(() => {});
        throw error;
      }
    },
    async close() {
      await Promise.all(Object.values(servers).map((server) => server.close()));
    },
  };
}

function parse(text: string): unknown {
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch {
    // A query that fails after its first rows ends the answer in the middle.
    throw druidUnavailable(new Error(`no whole JSON: …${text.slice(-200)}`));
  }
}

/** What Druid says of a refused request goes to the log only. */
function refusal(status: number, text: string): DomainError {
  const cause = new Error(`Druid answered ${status}: ${text.slice(0, 2_000)}`);
  if (status === 504 || /"(?:errorCode|error)"\s*:\s*"(?:queryTimeout|Query timeout)"/i.test(text))
    return outOfTime(cause);
  // 429: the lane is full; 400 for a data source that the broker doesn't know (yet, or after its start).
  if (status >= 500 || status === 429 || status === 401 || status === 403 || status === 404)
    return druidUnavailable(cause);
  if (/Object '[^']*' not found|Column '[^']*' not found/.test(text)) return druidUnavailable(cause);
  if (/resource limit|ResourceLimitExceeded|maxSubquery/i.test(text))
    return new DomainError('BAD_USER_INPUT', 'This is too much to count at once. Ask for less.', { cause });
  return new DomainError('INTERNAL', 'Druid could not run the query.', { cause });
}
