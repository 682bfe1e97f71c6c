import { REQUEST_ID } from './request-id.ts';

export type Headers = readonly (readonly [name: string, value: string])[];

/**
 * Headers of every answer, unless the route says otherwise: kept by nobody, taken for nothing but what it says it is,
 * and no address of ours told to the next page.
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
 * How to prove who one is, on a 401 (RFC 9110, 11.6.1). Not `Basic`, which is taken as well: a browser would ask its
 * user for a name and a password, and from then on send them with requests of any page.
 */
export const challengeOf = (status: number): Headers => (status === 401 ? CHALLENGE : NONE);

/** Text; what is packed already does not get smaller. */
export const isCompressible = (contentType: string | undefined): boolean =>
  contentType !== undefined &&
  /^(?:text\/|application\/(?:[\w.-]+\+)?(?:json|javascript|xml))/i.test(contentType);
