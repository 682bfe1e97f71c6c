import type { ExecutionResult, GraphQLError, GraphQLFormattedError } from 'graphql';
import { DomainError } from '../lib/errors.ts';
import { refuse } from './graphql/errors.ts';
import { writeJson } from './http/write-json.ts';

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

export type AnswerOptions = {
  /** An error as the caller sees it. */
  readonly show: (error: GraphQLError) => GraphQLFormattedError;
  /** Bytes of an answer; a larger answer is an error. */
  readonly limit: number;
};

/** An execution's result as an HTTP answer, as Apollo Server would give it (GraphQL over HTTP, `application/json`). */
export async function answerOf(result: ExecutionResult, options: AnswerOptions): Promise<Answer> {
  const { errors, data, extensions } = result;
  try {
    if (!errors?.length) return jsonAnswer(200, `${await writeJson({ data, extensions }, options.limit)}\n`);
    return await answerWithErrors(result, errors, options);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return answerOf({ errors: [refuse(error)] }, options);
  }
}

async function answerWithErrors(
  { data, extensions }: ExecutionResult,
  errors: readonly GraphQLError[],
  { show, limit }: AnswerOptions,
): Promise<Answer> {
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
  const body = await writeJson({ errors: errors.map(show), data, extensions }, limit);
  return jsonAnswer(status, `${body}\n`, headers);
}
