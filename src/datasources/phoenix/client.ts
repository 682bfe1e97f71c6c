import { type AvaticaClient, AvaticaError, type AvaticaOptions, openAvatica } from '@journeygraph/avatica';
import { abortReason, DomainError } from '../../lib/errors.ts';

/** Runs statements in Phoenix. All errors are `DomainError`s, which are safe to show. */
export type PhoenixClient = Pick<AvaticaClient, 'query' | 'batch'>;

/** Opens a client of one Phoenix Query Server. It connects at the first call. @throws TypeError for a wrong URL */
export function openPhoenix(options: AvaticaOptions): PhoenixClient & Pick<AvaticaClient, 'close'> {
  const client = openAvatica(options);
  return { ...withDomainErrors(client), close: () => client.close() };
}

/**
 * Translates the errors of an Avatica client. The state of the cluster is `BACKEND_UNAVAILABLE` or `TIMEOUT`. A value
 * that a column can't hold is `BAD_USER_INPUT`, and a statement that the server refuses is `INTERNAL`. A call that its
 * caller aborts rejects with the reason of the abort.
 */
export function withDomainErrors(client: PhoenixClient): PhoenixClient {
  return {
    query: (text, values, call) =>
      client.query<never>(text, values, call).catch((error) => rejectAs(error, call?.signal)),
    batch: (text, rows, call) =>
      client.batch(text, rows, call).catch((error) => rejectAs(error, call?.signal)),
  };
}

function rejectAs(error: unknown, signal: AbortSignal | undefined): never {
  if (error instanceof AvaticaError) throw domainErrorOf(error);
  if (signal?.aborted) throw abortReason(signal);
  throw error;
}

function domainErrorOf(error: AvaticaError): DomainError {
  const details = { cause: error, retryable: error.retryable };
  switch (error.code) {
    case 'UNAVAILABLE':
      return new DomainError('BACKEND_UNAVAILABLE', 'The store does not answer. Try again shortly.', details);
    case 'UNAUTHORIZED':
      return new DomainError('BACKEND_UNAVAILABLE', 'The store does not let us in.', details);
    case 'TIMEOUT':
      return new DomainError('TIMEOUT', 'The store did not answer in time.', details);
    case 'INVALID_VALUE':
      return new DomainError('BAD_USER_INPUT', error.message, details);
    case 'STATEMENT_REFUSED':
      return new DomainError('INTERNAL', 'The store refused a statement.', details);
    case 'VALUE_COUNT':
    case 'SERVER_NOT_UTC':
      return new DomainError('INTERNAL', error.message, details);
  }
}
