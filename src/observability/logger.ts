import pino, { type Logger } from 'pino';

/** Fields that can hold a credential or a body, at any depth that we log. */
const REDACTED = [
  'authorization',
  '*.authorization',
  'headers',
  '*.headers',
  'body',
  '*.body',
  'token',
  '*.token',
  'writeKey',
  '*.writeKey',
];

/** JSON lines on standard error; standard output is for what a person asked to see. */
export const createLogger = (level: string): Logger =>
  pino(
    { level, redact: { paths: REDACTED, censor: '[redacted]' }, base: null, serializers: { err: errorLine } },
    pino.destination(2),
  );

/**
 * An error with its causes. An error of several attempts has each reason once. Fields that drivers add to errors
 * (queries, hosts, values) are left out.
 */
export function errorLine(error: unknown): unknown {
  if (!(error instanceof Error)) return String(error);
  const attempts = error instanceof AggregateError ? error.errors : [];
  const reasons = new Map(attempts.map((attempt) => [reasonOf(attempt), attempt]));
  return {
    name: error.name,
    message: error.message,
    stack: error.stack,
    ...(reasons.size > 0 && { errors: [...reasons.values()].map(errorLine) }),
    ...(error.cause !== undefined && { cause: errorLine(error.cause) }),
  };
}

const reasonOf = (error: unknown): string =>
  error instanceof Error
    ? `${error.message} ${error.cause === undefined ? '' : reasonOf(error.cause)}`
    : String(error);
