import type { DocumentNode } from 'graphql';
import type { Config } from '../../config/config.ts';
import { DomainError } from '../../lib/errors.ts';
import type { Analysis } from './analysis.ts';
import { MAX_VALIDATION_WORK, validationWork } from './merge-work.ts';

/** Limits for every operation and caller. Each error names the allowed value. */

/** Values in the variables of a request: the largest batch of activities has fewer. */
const MAX_VARIABLE_VALUES = 100_000;

const tooMuch = (message: string): DomainError => new DomainError('BAD_USER_INPUT', message);

/** Why an operation is too deep or too wide; undefined where it is not. */
export function excess(analysis: Analysis, limits: Config['limits']): DomainError | undefined {
  const over = (what: string, found: number, most: number, remedy: string) =>
    found > most
      ? tooMuch(`The operation has ${found} ${what}; at most ${most} are allowed. ${remedy}`)
      : undefined;
  return (
    over('levels of fields', analysis.depth, limits.depth, 'Ask for less nesting.') ??
    over('aliases', analysis.aliases, limits.aliases, 'Send several requests, or ask by a list of ids.') ??
    over('root fields', analysis.rootFields, limits.rootFields, 'Send several requests.') ??
    over("fields '__schema' and '__type'", analysis.introspections, 1, 'Send several requests.')
  );
}

/** Why a document is too much work to validate; undefined where it is not. */
export const documentExcess = (document: DocumentNode): DomainError | undefined =>
  validationWork(document) > MAX_VALIDATION_WORK
    ? tooMuch(
        'The document selects the same fields too often, or has too many fragments or operations. Select each field once, or send several requests.',
      )
    : undefined;

/** Why variables are too much to look at; undefined where they are not. */
export const variablesExcess = (variables: unknown): DomainError | undefined =>
  isMoreThan(variables, MAX_VARIABLE_VALUES)
    ? tooMuch(`The variables have more than ${MAX_VARIABLE_VALUES} values. Send fewer items in one request.`)
    : undefined;

/** Whether there are more values in `value`, at any depth, than `most`. Goes on a list of its own: depth has no bound. */
function isMoreThan(value: unknown, most: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const left: object[] = [value];
  let count = 0;
  for (let next = left.pop(); next; next = left.pop()) {
    const values: readonly unknown[] = Array.isArray(next) ? next : Object.values(next);
    count += values.length;
    if (count > most) return true;
    for (const inner of values) if (typeof inner === 'object' && inner !== null) left.push(inner);
  }
  return false;
}
