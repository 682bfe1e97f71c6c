import { needsPii } from '../../../auth/privacy.ts';
import type { ValueTest } from '../../../domain/campaigns/activity-condition.ts';
import { type DidCondition, LEAD_LIST, type PersonFilter } from '../../../domain/campaigns/model.ts';
import type { ActivityFilter } from '../../../domain/filter.ts';
import type { Optional } from '../../../lib/bounds.ts';
import { badInput } from '../../../lib/errors.ts';
import { type ActivityConditions, readActivityFilter } from '../../search/activity-filter.ts';
import { equality, exactlyOne, type KeywordCondition, range, scalars } from '../../search/conditions.ts';
import type { DidInput, PersonInput, TraitInput } from './input.ts';
import type { Reading } from './reading.ts';

/** Reads conditions on a person. Undefined where there are none, which is a fault. */
export function readPerson(reading: Reading, input: PersonInput, path: string): PersonFilter | undefined {
  const all = (op: 'and' | 'or', parts: readonly PersonInput[]): PersonFilter => {
    const at = `${path}.${op}`;
    const filters = parts.flatMap((part, index) => readPerson(reading, part, `${at}[${index}]`) ?? []);
    return reading.place<PersonFilter>({ op, filters }, at);
  };
  const filters: PersonFilter[] = [];
  if (input.and) filters.push(all('and', input.and));
  if (input.or) filters.push(all('or', input.or));
  if (input.not) {
    const filter = readPerson(reading, input.not, `${path}.not`);
    if (filter) filters.push(reading.place<PersonFilter>({ op: 'not', filter }, `${path}.not`));
  }
  filters.push(...readOwn(reading, input, path));
  const [only, ...more] = filters;
  if (only && more.length === 0) return only;
  if (only) return reading.place<PersonFilter>({ op: 'and', filters }, path);
  if (Object.values(input).every((value) => value === null || value === undefined))
    reading.add('EMPTY', path, 'There is no condition here: everybody would pass. Leave it out, or add one.');
  return undefined;
}

function readOwn(reading: Reading, input: PersonInput, path: string): PersonFilter[] {
  const { trait, isKnown, inList, did } = input;
  const filters: PersonFilter[] = [];
  const add = (part: string, read: () => PersonFilter): void => {
    const at = `${path}.${part}`;
    const filter = reading.attempt<PersonFilter | undefined>(at, undefined, read);
    if (filter) filters.push(reading.place(filter, at));
  };
  if (trait) add('trait', () => readTrait(reading, trait, `${path}.trait`));
  for (const field of ['externalId', 'email'] as const) {
    const condition = input[field];
    if (condition) add(field, () => readIdentity(reading, field, condition, `${path}.${field}`));
  }
  if (typeof isKnown === 'boolean') add('isKnown', () => ({ op: 'isKnown', value: isKnown }));
  if (typeof inList === 'string')
    add('inList', () => ({ op: 'inList', listId: reading.id(LEAD_LIST, inList, `${path}.inList`) }));
  if (did) add('did', () => readDid(reading, did, `${path}.did`));
  return filters;
}

function readIdentity(
  { asker: { privacy } }: Reading,
  field: 'externalId' | 'email',
  condition: KeywordCondition,
  path: string,
): PersonFilter {
  if (!privacy.pii && field === 'email') throw needsPii('A condition on the e-mail address', path);
  const { values, negated } = equality(condition, path, privacy.wanted);
  const filter: PersonFilter = { op: 'identity', field, values };
  return negated ? { op: 'not', filter } : filter;
}

const BOUNDS = ['gt', 'gte', 'lt', 'lte'] as const;
const TESTS = ['eq', 'in', 'exists', 'startsWith', 'contains'] as const;

function readTrait({ asker: { privacy } }: Reading, input: TraitInput, path: string): PersonFilter {
  if (!privacy.pii) throw needsPii('A condition on traits', path);
  return { op: 'trait', name: input.name, ...traitTest(input, path) };
}

function traitTest(input: TraitInput, path: string): ValueTest {
  if (BOUNDS.some((bound) => typeof input[bound] === 'number')) {
    const clash = TESTS.find((test) => input[test] !== null && input[test] !== undefined);
    if (clash) throw badInput(`Set '${clash}' or bounds, not both; use 'and' for two conditions.`, path);
    return { test: 'range', range: range(input, path, (value: number) => value) };
  }
  const test = exactlyOne(input, [...TESTS, ...BOUNDS], path);
  switch (test) {
    case 'exists':
      return { test, value: input.exists === true };
    case 'startsWith':
      return { test: 'prefix', value: input.startsWith ?? '' };
    case 'contains':
      return { test, value: input.contains ?? '' };
    case 'eq':
    case 'in':
      return { test: 'in', values: scalars(input, test, path) };
    default:
      throw badInput('A bound must be a number.', path);
  }
}

const readDid = (reading: Reading, input: DidInput, path: string): DidCondition => ({
  op: 'did',
  type: input.type,
  filter: readActivities(reading, input.filter, `${path}.filter`),
  atLeast: input.atLeast ?? (typeof input.atMost === 'number' ? 0 : 1),
  atMost: input.atMost ?? null,
  within: input.within ? { amount: input.within.amount, unit: input.within.unit } : null,
});

/** Reads conditions on activities; null where none are given. */
export function readActivities(
  reading: Reading,
  input: Optional<ActivityConditions>,
  path: string,
): ActivityFilter | null {
  if (!input) return null;
  return reading.attempt<ActivityFilter | null>(path, null, () => {
    const filter = readActivityFilter(input, reading.asker, path, (part, at) => reading.place(part, at));
    if (filter === null)
      reading.add(
        'EMPTY',
        path,
        'There is no condition here: every activity of the type would do. Leave it out.',
      );
    return filter;
  });
}
