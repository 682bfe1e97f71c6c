import { DomainError } from '../lib/errors.ts';
import { TemplateError } from '../lib/templates.ts';
import type { RunContext } from './step-context.ts';

/** A step that broke. `isAway`: an engine is away, which is no fault of the step. */
export type StepFault = {
  readonly status: 'RETRY' | 'FAILED';
  readonly reason: string;
  readonly isAway?: true;
};

/**
 * Judges an error of a step. The steps before it stay done.
 * @throws the error itself where the run can't go on: the lease has ended, or the person was erased
 */
export function faultOf(
  error: unknown,
  { signal, onError }: Pick<RunContext, 'signal' | 'onError'>,
): StepFault {
  signal.throwIfAborted();
  if (error instanceof TemplateError)
    return { status: 'FAILED', reason: `A template can not be filled: ${error.message}` };
  if (!(error instanceof DomainError)) {
    onError(error);
    return { status: 'RETRY', reason: 'An internal error.' };
  }
  if (error.code === 'NOT_FOUND') throw error;
  if (error.retryable) return { status: 'RETRY', reason: error.message, isAway: true };
  return { status: 'FAILED', reason: error.message };
}
