import type { IncomingHttpHeaders } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { HeaderMap, type HTTPGraphQLRequest } from '@apollo/server';
import type { RouteRequest } from './direct.ts';
import { searchWithExactVariables } from './graphql/exact-variables.ts';
import { BodyError, readJson } from './http/body.ts';

/** Bytes of a body without a credential. */
const ANONYMOUS_BODY_BYTES = 64 * 1024;
const LARGE_BODY_BYTES = 1024 * 1024;

/** Refuses a body of another type than JSON. A body may leave its type out. @throws BodyError with 415 */
export function checkMediaType({ method, headers }: RouteRequest): void {
  const type = headers['content-type'];
  if (method === 'POST' && type !== undefined && !/^application\/json\s*(?:;|$)/i.test(type))
    throw new BodyError(415, "The body of a POST is JSON; say so by 'Content-Type: application/json'.");
}

/** Reads the body as JSON. @param viewer null for a caller without a credential, whose body may have 64 KiB */
export async function readBody(
  { body: raw, headers }: RouteRequest,
  viewer: unknown,
  maxBytes: number,
): Promise<unknown> {
  if (!raw?.length) return undefined;
  const most = viewer === null ? Math.min(maxBytes, ANONYMOUS_BODY_BYTES) : maxBytes;
  const body = await readJson(raw, headers['content-encoding'], most);
  // To read it may have taken long: others get their turn before it is looked at.
  if (raw.length > LARGE_BODY_BYTES) await nextTurn();
  return body;
}

/** The document that has to be parsed, or the address that names or holds it. */
export const textOf = (body: unknown, { url }: RouteRequest): string => {
  const query = (body as { readonly query?: unknown } | null | undefined)?.query;
  return typeof query === 'string' ? query : url;
};

/** The request as Apollo Server takes it. */
export const apolloRequest = ({ method, headers, url }: RouteRequest, body: unknown): HTTPGraphQLRequest => ({
  method,
  headers: headerMap(headers),
  body,
  search: searchWithExactVariables(searchOf(url)),
});

const searchOf = (url: string): string => {
  const mark = url.indexOf('?');
  return mark === -1 ? '' : url.slice(mark);
};

function headerMap(given: IncomingHttpHeaders): HeaderMap {
  const headers = new HeaderMap();
  for (const name in given) {
    const value = given[name];
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  // A page can't send a bearer token unless a preflight allows it, which is what Apollo Server wants to know against
  // cross-site requests. `Basic` says nothing: a browser may add it by itself.
  if (/^bearer /i.test(given.authorization ?? '')) headers.set('apollo-require-preflight', 'true');
  return headers;
}
