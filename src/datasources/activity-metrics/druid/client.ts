import { randomUUID } from 'node:crypto';
import { abortable } from '../../../lib/abort.ts';
import { abortReason, DomainError } from '../../../lib/errors.ts';
import { type HttpAccess, openHttpClient } from '../../../lib/http-client.ts';
import { retry, waitUnref } from '../../../lib/retry.ts';

/** Where a Druid cluster is, and whose data sources in it are ours. */
export type DruidConfig = HttpAccess & {
  /** A broker (or router): http or https. */
  readonly brokerUrl: string;
  /** A coordinator that is the overlord too (or a router with management enabled). */
  readonly coordinatorUrl: string;
  /** Begins the names of data sources and supervisors. */
  readonly prefix: string;
  /** At most so many connections to the broker; more calls than that wait. */
  readonly connections?: number | undefined;
  /** For a query, in milliseconds. */
  readonly timeoutMs?: number | undefined;
};

/** Heavy queries read every activity or send; they run in a lane of the broker and give way to the others. */
export type QueryWeight = 'light' | 'heavy';

/** Data servers work on segments of the greater priority first. A lane that a broker doesn't know has no limit. */
const CONTEXT = {
  light: { priority: 10 },
  heavy: { priority: 0, lane: 'heavy' },
} as const satisfies Record<QueryWeight, object>;

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
   * Rows as arrays, in the order of the SELECT. A stopped query is cancelled at the broker. A query that failed inside
   * Druid is retried once.
   * @throws DomainError `TIMEOUT` when time is up. `BACKEND_UNAVAILABLE` when Druid is down, refuses for now or lacks
   * the data source. `INTERNAL` for a bad query
   */
  sql(text: string, weight: QueryWeight, signal: AbortSignal): Promise<DruidRow[]>;
  /** One call of the HTTP API. @throws DomainError as `sql` */
  call<T>(call: DruidCall, signal: AbortSignal): Promise<T>;
  /** While it stays the same, so do the processes of broker and coordinator; see `HttpClient.epoch`. */
  epoch(): string;
  close(): Promise<void>;
};

const DEFAULT_TIMEOUT_MS = 15_000;
const ADMIN_CONNECTIONS = 8;
/**
 * A data server that gets a cancellation before it has begun the query runs it nonetheless, and nobody cancels it
 * again. After this time nearly all servers have begun.
 */
const CANCEL_AFTER_MS = 500;
const CANCEL_EVERY_MS = 250;
const CANCEL_TIMEOUT_MS = 3_000;
const MAX_ANSWER_BYTES = 128 * 1024 * 1024;
/** Bytes of nested queries' results that the broker may hold on its heap. */
const MAX_SUBQUERY_BYTES = 100_000_000;

export const druidUnavailable = (cause?: unknown): DomainError =>
  new DomainError('BACKEND_UNAVAILABLE', 'The figures are not available now. Try again shortly.', { cause });
const outOfTime = (cause?: unknown): DomainError =>
  new DomainError('TIMEOUT', 'The figures took too long. Ask for a shorter period, or filter.', { cause });

const tooLarge = (): DomainError => new DomainError('INTERNAL', 'Druid answered more than can be taken.');

export function openDruid(config: DruidConfig): DruidClient {
  const timeoutMs = config.timeoutMs ?? DEFAULT_TIMEOUT_MS;
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
    const { at, path, method, json, none } = what;
    const answer = await servers[at].request(
      {
        path,
        method: method ?? (json === undefined ? 'GET' : 'POST'),
        body: json === undefined ? undefined : { type: 'application/json', content: JSON.stringify(json) },
        timeoutMs: what.timeoutMs ?? timeoutMs,
      },
      signal,
    );
    if (none?.includes(answer.status)) return null as T;
    if (answer.status < 200 || answer.status > 299) throw refusal(answer.status, answer.text);
    return parse(answer.text) as T;
  };

  const post = (text: string, id: string, weight: QueryWeight): Promise<DruidRow[]> => {
    const json = { query: text, resultFormat: 'array', context: contextOf(id, weight, timeoutMs) };
    // The caller may leave; the call goes on until Druid has ended the query.
    const { signal } = new AbortController();
    return call({ at: 'broker', path: '/druid/v2/sql', timeoutMs: timeoutMs + 1_000, json }, signal);
  };

  return {
    call,
    epoch: () => `${servers.broker.epoch()} ${servers.coordinator.epoch()}`,
    async sql(text, weight, signal) {
      if (signal.aborted) throw abortReason(signal);
      const id = randomUUID();
      const began = performance.now();
      const answer = retry(() => post(text, id, weight), {
        attempts: 2,
        delayMs: () => 0,
        isRetryable: hasFailedInside,
        signal,
      });
      const onLeft = (): void => void cancel(call, id, began, answer);
      signal.addEventListener('abort', onLeft, { once: true });
      try {
        return await abortable(answer, signal);
      } catch (error) {
        // Whatever Druid says of a query whose time is up.
        const isLate = performance.now() - began >= timeoutMs && !signal.aborted;
        throw isLate && error instanceof DomainError && error.retryable ? outOfTime(error) : error;
      } finally {
        signal.removeEventListener('abort', onLeft);
      }
    },
    async close() {
      await Promise.all(Object.values(servers).map((server) => server.close()));
    },
  };
}

/** The context of a query. @param id by which it can be ended */
const contextOf = (id: string, weight: QueryWeight, timeoutMs: number) => ({
  queryId: id,
  sqlQueryId: id,
  timeout: timeoutMs,
  sqlTimeZone: 'UTC',
  // The completeness of an answer is proved of the data that made it; a cached one has no proof.
  useCache: false,
  populateCache: false,
  useResultLevelCache: false,
  populateResultLevelCache: false,
  maxSubqueryBytes: String(MAX_SUBQUERY_BYTES),
  ...CONTEXT[weight],
});

/** Ends a query that nobody waits for at Druid; without this the broker and the data servers would go on. */
async function cancel(
  call: DruidClient['call'],
  id: string,
  began: number,
  answer: Promise<unknown>,
): Promise<void> {
  let isOver = false;
  void answer
    .catch(() => {})
    .then(() => {
      isOver = true;
    });
  await waitUnref(Math.max(0, began + CANCEL_AFTER_MS - performance.now()));
  while (!isOver) {
    const signal = AbortSignal.timeout(CANCEL_TIMEOUT_MS);
    for (const path of [`/druid/v2/sql/${id}`, `/druid/v2/${id}`])
      await call({ at: 'broker', method: 'DELETE', path, none: [404] }, signal).catch(() => {});
    await waitUnref(CANCEL_EVERY_MS);
  }
}

/**
 * Not refused, but failed on its way. Seen once, of tasks that had just begun: "Unknown object type [HllSketchHolder]"
 * for sums that no sketch is part of.
 */
class FailedInside extends Error {}
const hasFailedInside = (error: unknown): boolean =>
  error instanceof Error && error.cause instanceof FailedInside;

function parse(text: string): unknown {
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch {
    // A query that fails after its first rows ends the answer in the middle.
    throw druidUnavailable(new Error(`no whole JSON: …${text.slice(-200)}`));
  }
}

/** Druid's message about a refused request goes to the log only. */
function refusal(status: number, text: string): DomainError {
  const said = `Druid answered ${status}: ${text.slice(0, 2_000)}`;
  const cause = status === 500 ? new FailedInside(said) : new Error(said);
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
