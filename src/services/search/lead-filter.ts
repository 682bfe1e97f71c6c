import { needsPii, type Privacy } from '../../auth/privacy.ts';
import type { LeadFilter } from '../../domain/filter.ts';
import type { Optional } from '../../lib/bounds.ts';
import { badInput } from '../../lib/errors.ts';
import { type AddFilter, readCombined } from './combined.ts';
import {
  equality,
  exactlyOne,
  type KeywordCondition,
  scalars,
  type TimeRange,
  timeRange,
  type ValueCondition,
} from './conditions.ts';

const TIMES = ['firstSeenAt', 'lastSeenAt'] as const;

/** Conditions on leads that must all hold. */
export type LeadConditions = {
  readonly [K in 'externalId' | 'email']?: Optional<KeywordCondition>;
} & {
  readonly [K in (typeof TIMES)[number]]?: Optional<TimeRange>;
} & {
  readonly isKnown?: Optional<boolean>;
  readonly trait?: Optional<ValueCondition & { readonly name: string }>;
  readonly and?: Optional<readonly LeadConditions[]>;
  readonly or?: Optional<readonly LeadConditions[]>;
  readonly not?: Optional<LeadConditions>;
};

/**
 * Reads the conditions of a question; null for none.
 * @throws DomainError at the field of the condition: `BAD_USER_INPUT`, or `FORBIDDEN` for personal data without the
 * scope `leads:pii`
 */
export function readLeadFilter(
  input: Optional<LeadConditions>,
  privacy: Privacy,
  path = 'filter',
): LeadFilter | null {
  return readCombined<LeadConditions, LeadFilter>(
    input,
    path,
    (part, at, add) => readOwn(part, privacy, at, add),
    (combined) => combined,
  );
}

function readOwn(input: LeadConditions, privacy: Privacy, path: string, add: AddFilter<LeadFilter>): void {
  for (const field of ['externalId', 'email'] as const) {
    const condition = input[field];
    if (!condition) continue;
    const at = `${path}.${field}`;
    if (!privacy.pii && field === 'email') throw needsPii('A condition on the e-mail address', at);
    const { values, negated } = equality(condition, at, privacy.wanted);
    const filter: LeadFilter = { op: 'in', field, values };
    add(negated ? { op: 'not', filter } : filter, at);
  }
  if (typeof input.isKnown === 'boolean') add({ op: 'isKnown', value: input.isKnown }, `${path}.isKnown`);
  for (const field of TIMES) {
    const bounds = input[field];
    if (bounds) add({ op: 'time', field, range: timeRange(bounds, `${path}.${field}`) }, `${path}.${field}`);
  }
  if (input.trait) {
    const at = `${path}.trait`;
    if (!privacy.pii) throw needsPii('A condition on traits', at);
    if (input.trait.name === '') throw badInput("Say which trait: 'name' is empty.", `${at}.name`);
    const values = scalars(input.trait, exactlyOne(input.trait, ['eq', 'in'], at), at);
    add({ op: 'trait', name: input.trait.name, values }, at);
  }
}
