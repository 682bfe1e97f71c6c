import { errors, Pool } from 'undici';
import { limitOf } from './abort.ts';
import type { DomainError } from './errors.ts';
import type { TlsOptions } from './tls.ts';

/** How to get in to an engine. */
export type HttpAccess = {
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** For `https:`. */
  readonly tls?: TlsOptions | undefined;
};

export type HttpClientOptions = HttpAccess & {
  /** http or https; its path begins every call's. */
  readonly url: string;
  /** At most so many connections; more calls than that wait. */
  readonly connections: number;
  readonly connectTimeoutMs: number;
  /** A longer answer is given up, in bytes. */
  readonly maxAnswerBytes: number;
  /** The errors that our caller gets. */
  readonly faults: {
    unavailable(cause?: unknown): DomainError;
    outOfTime(cause?: unknown): DomainError;
    tooLarge(): DomainError;
  };
};

type HttpCall = {
  /** Below the URL. */
  readonly path: string;
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly body?: { readonly type: string; readonly content: string | Uint8Array } | undefined;
  /** For the whole call, in milliseconds. */
  readonly timeoutMs: number;
};

/** An engine over HTTP/1.1 with connections kept alive; every call has a time-out and a signal. */
export type HttpClient = {
  /**
   * Any status is an answer. @throws DomainError of `faults`, or why the signal was aborted
   */
  request(call: HttpCall, signal: AbortSignal): Promise<{ readonly status: number; readonly text: string }>;
  /**
   * Grows whenever the server may have been restarted unseen: a connection was broken by the other side, or none
   * was open any more. While it stays the same, it is the same process that answers.
   */
  epoch(): number;
  close(): Promise<void>;
};

/** Below the time after which the engines' servers close an idle connection (Solr's: 120 s). */
const KEEP_ALIVE_MS = 60_000;
/** The other side closed or broke a connection, and not we (an idle one, or a call that was stopped). */
const BROKEN = /^(?:E[A-Z]+|UND_ERR_SOCKET|UND_ERR_CONNECT_TIMEOUT)$/;

export function openHttpClient(options: HttpClientOptions): HttpClient {
  const { faults, maxAnswerBytes, user, password } = options;
  const url = new URL(options.url);
  const base = url.pathname.replace(/\/$/, '');
  const pool = new Pool(url.origin, {
    connections: options.connections,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connect: { timeout: options.connectTimeoutMs, ...options.tls },
    maxResponseSize: maxAnswerBytes,
    // Each call has a limit for the whole of it; these two would bound its parts.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  let epoch = 0;
  let connected = 0;
  pool
    .on('connect', () => {
      connected += 1;
    })
    .on('disconnect', (_origin, _targets, error) => {
      connected -= 1;
      if (BROKEN.test(error.code) || connected === 0) epoch += 1;
    })
    .on('connectionError', () => {
      epoch += 1;
    });
  const authorization =
    user === undefined ? undefined : `Basic ${Buffer.from(`${user}:${password ?? ''}`).toString('base64')}`;

  return {
    async request({ path, method, body, timeoutMs }, signal) {
      const limit = limitOf(signal, { ms: timeoutMs, timedOut: faults.outOfTime });
      try {
        const { statusCode, body: answer } = await pool.request({
          path: base + path,
          method,
          body: body?.content ?? null,
          headers: { ...(authorization && { authorization }), ...(body && { 'content-type': body.type }) },
          signal: limit.signal,
        });
        return { status: statusCode, text: await answer.text() };
      } catch (error) {
        limit.signal.throwIfAborted();
        throw error instanceof errors.ResponseExceededMaxSizeError
          ? faults.tooLarge()
          : faults.unavailable(error);
      } finally {
        limit.end();
      }
    },
    epoch: () => epoch,
    close: () => pool.destroy(),
  };
}
