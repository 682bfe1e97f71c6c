import { type ActivityTypeDefinition, OPEN_TYPE } from '../../activity-types.ts';
import { type ActivityFilter, combinedParts } from '../../filter.ts';
import { nearest } from '../../text/near-names.ts';
import { type Duration, durationMs } from '../duration.ts';
import type { DidCondition, PersonFilter, TraitCondition } from '../model.ts';
import type { Faults } from './fault.ts';

/** Conditions of one definition, and levels of one filter. */
export const MAX_CONDITIONS = 1_000;
const MAX_DEPTH = 10;
const MAX_VALUES = 1_000;
const MAX_NAME = 200;
const MAX_COUNT = 1_000_000;
const DAY_MS = 86_400_000;
const MAX_SPAN_DAYS = 3_650;
const MAX_NEAR = 5;

/** Notes a condition that is one too many, or too deep. @returns whether to look at it */
function spend(faults: Faults, depth: number, path: string): boolean {
  faults.conditionsLeft -= 1;
  if (faults.conditionsLeft < 0) {
    // Once: the others are not worth a line each.
    if (faults.conditionsLeft === -1)
      faults.add(
        'TOO_LARGE',
        path,
        `There are more than ${MAX_CONDITIONS} conditions; use 'in' instead of many.`,
      );
    return false;
  }
  if (depth <= MAX_DEPTH) return true;
  faults.add('TOO_LARGE', path, `The filter is more than ${MAX_DEPTH} levels deep; simplify it.`);
  return false;
}

/** A type by its name; a fault where the tenant has none. */
export function checkType(faults: Faults, name: string, path: string): ActivityTypeDefinition | undefined {
  const { types } = faults.around;
  const type = types.find((one) => one.name === name);
  if (type) return type;
  const near = nearest(
    name,
    types.map((one) => one.name),
    MAX_NEAR,
  );
  const hint =
    near.length > 0
      ? `Near names are ${near.map((other) => `'${other}'`).join(', ')}.`
      : "'activityTypes' lists the types.";
  faults.add('UNKNOWN_TYPE', path, `There is no activity type '${name.slice(0, 64)}'. ${hint}`);
  return undefined;
}

/** Conditions on activities of a type. */
export function checkActivityFilter(
  faults: Faults,
  filter: ActivityFilter,
  type: ActivityTypeDefinition | undefined,
  path: string,
  depth = 1,
): void {
  const at = faults.at(filter, path);
  if (!spend(faults, depth, at)) return;
  if (filter.op === 'and' || filter.op === 'or') {
    if (filter.filters.length === 0) faults.add('EMPTY', at, 'This must have at least one condition.');
    filter.filters.forEach((part, index) => {
      checkActivityFilter(faults, part, type, `${path}.${filter.op}[${index}]`, depth + 1);
    });
    return;
  }
  if (filter.op === 'not') {
    checkActivityFilter(faults, filter.filter, type, `${path}.not`, depth + 1);
    return;
  }
  if (filter.op === 'in') {
    if (filter.field === 'leadKey')
      faults.add(
        'NOT_ALLOWED',
        at,
        'A campaign asks about each person by itself; use a list for certain people.',
      );
    checkValues(faults, filter.values, at);
  } else if (filter.op === 'attribute') {
    checkAttribute(faults, filter.name, type, faults.at(filter, `${path}.attribute`));
    if (filter.test === 'in') checkValues(faults, filter.values, at);
  }
}

function checkAttribute(
  faults: Faults,
  name: string,
  type: ActivityTypeDefinition | undefined,
  path: string,
): void {
  if (!faults.line(name, MAX_NAME, `${path}.name`) || !type || type.name === OPEN_TYPE) return;
  if (type.attributes.some((attribute) => attribute.name === name)) return;
  faults.undeclared.push({ type: type.name, name, path: `${path}.name` });
}

/** The fault of an attribute that its type does not declare and no activity of the type has. */
export function unknownAttribute(
  { name, type: typeName }: { readonly name: string; readonly type: string },
  types: readonly ActivityTypeDefinition[],
): string {
  const type = types.find((one) => one.name === typeName);
  const names = type?.attributes.map((attribute) => attribute.name) ?? [];
  const near = nearest(name, names, MAX_NEAR);
  const shown = near.length > 0 ? near : names;
  const hint =
    shown.length > 0
      ? `${near.length > 0 ? 'Near names' : 'Its attributes'} are ${shown.map((other) => `'${other}'`).join(', ')}.`
      : 'It declares no attributes.';
  return `'${typeName}' does not declare the attribute '${name.slice(0, 64)}', and no activity of it has it. ${hint}`;
}

const checkValues = (faults: Faults, values: readonly unknown[], path: string): void => {
  faults.count(values.length, MAX_VALUES, path);
};

/** Conditions on a person. */
export function checkPersonFilter(faults: Faults, filter: PersonFilter, path: string, depth = 1): void {
  const at = faults.at(filter, path);
  if (!spend(faults, depth, at)) return;
  switch (filter.op) {
    case 'and':
    case 'or':
      if (filter.filters.length === 0) faults.add('EMPTY', at, 'This must have at least one condition.');
      filter.filters.forEach((part, index) => {
        checkPersonFilter(faults, part, `${path}.${filter.op}[${index}]`, depth + 1);
      });
      return;
    case 'not':
      checkPersonFilter(faults, filter.filter, `${path}.not`, depth + 1);
      return;
    case 'trait':
      checkTrait(faults, filter, faults.at(filter, `${path}.trait`));
      return;
    case 'identity':
      checkValues(faults, filter.values, faults.at(filter, `${path}.${filter.field}`));
      return;
    case 'isKnown':
      return;
    case 'inList':
      checkList(faults, filter.listId, faults.at(filter, `${path}.inList`));
      return;
    case 'did':
      checkDid(faults, filter, faults.at(filter, `${path}.did`), depth);
      return;
    default:
      filter satisfies never;
  }
}

function checkTrait(faults: Faults, condition: TraitCondition, path: string): void {
  faults.line(condition.name, MAX_NAME, `${path}.name`);
  if (condition.test === 'in') checkValues(faults, condition.values, path);
  if (condition.test === 'range' && Object.keys(condition.range).length === 0)
    faults.add('EMPTY', path, "Set at least one of 'gt', 'gte', 'lt' and 'lte'.");
}

function checkList(faults: Faults, listId: string, path: string): void {
  if (!faults.around.lists.some(({ id }) => id === listId))
    faults.add('UNKNOWN_LIST', path, "There is no such list. Take an id from 'leadLists'.");
}

function checkDid(faults: Faults, condition: DidCondition, path: string, depth: number): void {
  const { atLeast, atMost, within, filter } = condition;
  const type = checkType(faults, condition.type, `${path}.type`);
  const isLeast = faults.integer(atLeast, 0, MAX_COUNT, `${path}.atLeast`);
  if (
    atMost !== null &&
    faults.integer(atMost, 0, MAX_COUNT, `${path}.atMost`) &&
    isLeast &&
    atMost < atLeast
  )
    faults.add('OUT_OF_RANGE', `${path}.atMost`, "'atMost' must not be less than 'atLeast'.");
  if (atMost === null && atLeast === 0)
    faults.add('EMPTY', `${path}.atLeast`, "This always holds. Set 'atLeast' to 1 or more, or set 'atMost'.");
  if (within) checkSpan(faults, within, MAX_SPAN_DAYS, `${path}.within`);
  if (filter) checkActivityFilter(faults, filter, type, `${path}.filter`, depth + 1);
}

/** A span of time of more than nothing. @param maxDays days of 24 hours */
export function checkSpan(faults: Faults, span: Duration, maxDays: number, path: string): void {
  if (!Number.isInteger(span.amount) || span.amount <= 0)
    faults.add('OUT_OF_RANGE', `${path}.amount`, 'This must be a whole number above 0.');
  else if (durationMs(span) > maxDays * DAY_MS)
    faults.add('OUT_OF_RANGE', `${path}.amount`, `This must be at most ${maxDays} days.`);
}

/** The lists that a filter names. */
export function listsIn(filter: PersonFilter): string[] {
  return filter.op === 'inList' ? [filter.listId] : combinedParts(filter).flatMap(listsIn);
}
