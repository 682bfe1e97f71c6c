import type { IncomingHttpHeaders } from 'node:http';

/** Origins whose pages may read answers: all, or these. */
type Origins = '*' | readonly string[];

export type CorsOptions = {
  /** Of the GraphQL API. */
  readonly api: Origins;
  /** Of the addresses that SDKs write to and read their settings from. */
  readonly ingest: Origins;
};

type HeaderList = readonly (readonly [name: string, value: string])[];

export interface Cors {
  /** Headers of the answer to a request from `origin`; none where its page may not read the answer. */
  answer(url: string, origin: string | undefined): HeaderList;
  /** Headers of the answer to a preflight. @param methods of the path, such as `GET, POST` */
  preflight(url: string, headers: IncomingHttpHeaders, methods: string): HeaderList;
}

const INGEST = /^\/(?:v1|projects|sourceConfig|beacon)(?:[/?]|$)/;
const API = /^\/graphql(?:[/?]|$)/;
const EXPOSED = 'retry-after, x-ratelimit-limit, x-ratelimit-remaining, x-ratelimit-reset, x-request-id';
/** Names of headers that a page may send. `*` would leave out `authorization`. */
const HEADER_NAMES = /^[\w, -]{1,1000}$/;
/** A browser asks again after this time, in seconds. Chromium keeps an answer no longer than two hours. */
const MAX_AGE_SECONDS = '7200';
const NONE: HeaderList = [];

/**
 * Decides which pages of other origins may use the API. Cookies are never read, so `Access-Control-Allow-Credentials`
 * is never sent. A page needs a credential of its own, and a header with a credential makes the browser ask first.
 */
export function createCors({ api, ingest }: CorsOptions): Cors {
  const rules = [
    { path: API, origins: api },
    { path: INGEST, origins: ingest },
  ].filter(({ origins }) => origins.length > 0);

  const answer = (url: string, origin: string | undefined): HeaderList => {
    const rule = rules.find(({ path }) => path.test(url));
    if (!rule) return NONE;
    const { origins } = rule;
    if (origins === '*')
      return [
        ['access-control-allow-origin', '*'],
        ['access-control-expose-headers', EXPOSED],
      ];
    // Said to every origin: a cache must not give one origin's answer to another.
    const vary = ['vary', 'origin'] as const;
    return origin !== undefined && origins.includes(origin)
      ? [['access-control-allow-origin', origin], ['access-control-expose-headers', EXPOSED], vary]
      : [vary];
  };

  return {
    answer,
    preflight(url, headers, methods) {
      const allowed = answer(url, headers.origin);
      if (!allowed.some(([name]) => name === 'access-control-allow-origin')) return allowed;
      const asked = headers['access-control-request-headers'];
      return [
        ['access-control-allow-methods', methods],
        ...(asked !== undefined && HEADER_NAMES.test(asked)
          ? [['access-control-allow-headers', asked] as const]
          : []),
        ['access-control-max-age', MAX_AGE_SECONDS],
      ];
    },
  };
}
