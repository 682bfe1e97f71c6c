import type { ExecutionResult, GraphQLError, GraphQLFormattedError } from 'graphql';

/** A whole answer to an HTTP request. */
export type Answer = {
  readonly status: number;
  /** Names in lower case, the content type among them. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
};

const JSON_HEADERS: ReadonlyMap<string, string> = new Map([
  ['content-type', 'application/json; charset=utf-8'],
]);

/** A JSON text as an answer. @param more headers besides the content type */
export const jsonAnswer = (status: number, body: string, more?: ReadonlyMap<string, string>): Answer => ({
  status,
  headers: more ? new Map([...JSON_HEADERS, ...more]) : JSON_HEADERS,
  body,
});

/**
 * An execution's result as an HTTP answer, as Apollo Server would give it (GraphQL over HTTP, `application/json`).
 * @param show an error as the caller sees it
 */
export function answerOf(
  result: ExecutionResult,
  show: (error: GraphQLError) => GraphQLFormattedError,
): Answer {
  const { errors, data, extensions } = result;
  if (!errors || errors.length === 0) return jsonAnswer(200, `${JSON.stringify({ data, extensions })}\n`);
  // Without data nothing was executed: a variable that can't be coerced, or an operation refused as a whole.
  let status = data === undefined ? 400 : 200;
  const headers = new Map<string, string>();
  for (const {
    extensions: { http },
  } of errors) {
    if (!http) continue;
    status = http.status ?? status;
    for (const [name, value] of (http.headers ?? []) as unknown as Iterable<[string, string]>)
      headers.set(name, value);
  }
  const formatted = errors.map(show);
  return jsonAnswer(status, `${JSON.stringify({ errors: formatted, data, extensions })}\n`, headers);
}
