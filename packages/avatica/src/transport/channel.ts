import { buildConnector, Client } from 'undici';
import { type Exchange, exchange } from './exchange.ts';

/** Certificate authorities, and a client certificate with its key, in PEM. */
export type TlsOptions = {
  /** The system's authorities unless given. */
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
};

/** Where the server is, and how one gets in. */
export type Endpoint = {
  /** Scheme, host, port and path of the Phoenix Query Server. */
  readonly url: string;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** For `https:`. */
  readonly tls?: TlsOptions | undefined;
};

/** The outcome of a request. */
export type Outcome =
  | Exclude<Exchange, { readonly is: 'unsent' }>
  /** Not sent: there is no TCP connection, and dialling was not allowed. */
  | { readonly is: 'not-connected' }
  /** Not sent: there is no way to the server. */
  | { readonly is: 'unreachable'; readonly cause: Error };

/** HTTP to one server over one TCP connection at a time. */
export type Channel = {
  /**
   * Posts one message.
   * @param dial whether a new TCP connection may be made if there is none. A caller that relies on talking to the
   *   same server process as before says false: one TCP connection never ends at two processes.
   * @param signal aborts: the TCP connection is closed, and the promise rejects with the signal's reason
   */
  post(message: Uint8Array, options: { dial: boolean; signal: AbortSignal }): Promise<Outcome>;
  /** Closes the TCP connection; a request under way is lost. */
  destroy(): void;
};

const CONNECT_TIMEOUT_MS = 5_000;
/** Below the 60 s after which PQS closes an idle connection, so that no request meets a closing one. */
const IDLE_MS = 30_000;
/** Frames are asked for in sizes far below; more is no answer of ours. */
const MAX_ANSWER_BYTES = 256 * 1024 * 1024;

const NOT_CONNECTED = new Error('no TCP connection, and none may be made');

/** @throws TypeError for a URL that isn't http or https */
export function openChannel(endpoint: Endpoint): Channel {
  const url = new URL(endpoint.url);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new TypeError('The URL of a query server begins with http: or https:.');
  const { ca, cert, key } = endpoint.tls ?? {};
  const connect = buildConnector({
    timeout: CONNECT_TIMEOUT_MS,
    allowH2: false,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  });
  let mayDial = false;
  const client = new Client(url.origin, {
    pipelining: 1,
    keepAliveTimeout: IDLE_MS,
    keepAliveMaxTimeout: IDLE_MS,
    // Time is limited by the caller's signal.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect(options, callback) {
      if (mayDial) connect(options, callback);
      else callback(NOT_CONNECTED, null);
    },
  });
  const headers: Record<string, string> = { 'content-type': 'application/x-google-protobuf' };
  if (endpoint.user !== undefined) {
    const credentials = Buffer.from(`${endpoint.user}:${endpoint.password ?? ''}`, 'utf8');
    headers['authorization'] = `Basic ${credentials.toString('base64')}`;
  }
  const path = url.pathname + url.search;

  return {
    async post(message, { dial, signal }) {
      mayDial = dial;
      const request = { path, method: 'POST', headers, body: message } as const;
      const outcome = await exchange(client, request, { maxAnswerBytes: MAX_ANSWER_BYTES, signal });
      if (outcome.is !== 'unsent') return outcome;
      const { cause } = outcome;
      return cause === NOT_CONNECTED ? { is: 'not-connected' } : { is: 'unreachable', cause };
    },

    destroy() {
      client.destroy().catch(() => {});
    },
  };
}
