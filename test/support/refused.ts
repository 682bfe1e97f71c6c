import { DomainError } from '../../src/lib/errors.ts';

/**
 * What a call to an engine that may be away resolves to, or null where it is refused as it should be then. A time-out
 * is such a refusal too: an answer that doesn't come is none of a part.
 */
export async function orRefused<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    if ((error.code === 'BACKEND_UNAVAILABLE' && error.retryable) || error.code === 'TIMEOUT') return null;
    throw error;
  }
}
