import { REQUEST_ID } from './request-id.ts';

export type Headers = readonly (readonly [name: string, value: string])[];

/**
 * Headers of every answer, unless the route overrides them: no caching, no sniffing of content types, and no referrer.
 */
export const standingHeaders = (requestId: string): Headers => [
  [REQUEST_ID, requestId],
  ['cache-control', 'no-store'],
  ['x-content-type-options', 'nosniff'],
  ['referrer-policy', 'no-referrer'],
];

const NONE: Headers = [];
const CHALLENGE: Headers = [['www-authenticate', 'Bearer realm="journeygraph"']];

/**
 * The challenge on a 401 (RFC 9110, 11.6.1). Not `Basic`, although it is accepted: a browser would ask its user for a
 * password and then send it with requests of any page.
 */
export const challengeOf = (status: number): Headers => (status === 401 ? CHALLENGE : NONE);

/** Whether it is text; packed formats do not get smaller. */
export const isCompressible = (contentType: string | undefined): boolean =>
  contentType !== undefined &&
  /^(?:text\/|application\/(?:[\w.-]+\+)?(?:json|javascript|xml))/i.test(contentType);
