import type { ExecutionResult } from 'graphql';
import { formatError } from './errors.ts';

/** An execution's result as an HTTP answer, as Apollo Server would give it (GraphQL over HTTP, `application/json`). */
export type Answer = {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
};

const NO_HEADERS: ReadonlyMap<string, string> = new Map();

export function answerOf(result: ExecutionResult, report: (error: unknown) => void): Answer {
  const { errors, data, extensions } = result;
  if (!errors || errors.length === 0)
    return { status: 200, headers: NO_HEADERS, body: `${JSON.stringify({ data, extensions })}\n` };
  // Without data nothing was executed: a variable that can't be coerced, or an operation refused as a whole.
  let status = data === undefined ? 400 : 200;
  const headers = new Map<string, string>();
  for (const {
    extensions: { http },
  } of errors) {
    if (!http) continue;
    status = http.status ?? status;
    for (const [name, value] of (http.headers ?? NO_HEADERS) as unknown as Iterable<[string, string]>)
      headers.set(name, value);
  }
  const formatted = errors.map((error) => formatError(error.toJSON(), error, report));
  return { status, headers, body: `${JSON.stringify({ errors: formatted, data, extensions })}\n` };
}
