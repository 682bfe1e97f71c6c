import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** The header of every answer, and of requests whose sender or proxy has numbered them already. */
export const REQUEST_ID = 'x-request-id';

/** Safe in a log line, in a header and in JSON as it is. */
const SANE = /^[\w.:-]{1,128}$/;

/**
 * The id of a request: the sender's own if it has a sane form, else a new id. Answers, errors and log lines carry it.
 */
export function requestIdOf(headers: IncomingHttpHeaders): string {
  const given = headers[REQUEST_ID];
  return typeof given === 'string' && SANE.test(given) ? given : randomUUID();
}
