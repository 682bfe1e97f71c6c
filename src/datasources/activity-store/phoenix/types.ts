import { isDeepStrictEqual } from 'node:util';
import type { CustomType } from '../../../domain/activity.ts';
import { type ActivityTypeDefinition, FIRST_CUSTOM_NUMBER } from '../../../domain/activity-types.ts';
import { badInput, DomainError } from '../../../lib/errors.ts';
import { definitionOf, takenName } from '../custom-types.ts';
import type { Scope } from './scope.ts';

/** A tenant with more types than this has a fault in its sender. */
const MAX_TYPES = 10_000;
/** How often another process may take the number that was meant for this type. */
const MAX_ATTEMPTS = 64;

/** The tenant's own types, by number. */
export async function customTypes(scope: Scope): Promise<ActivityTypeDefinition[]> {
  const rows = await scope.select<{ NUM: number; DEFINITION: string }>({
    from: 'TYPES',
    columns: 'NUM, DEFINITION',
    orderBy: 'NUM',
    limit: MAX_TYPES,
  });
  return rows.map(({ NUM, DEFINITION }) => ({
    ...(JSON.parse(DEFINITION) as CustomType),
    number: NUM,
    standard: false,
  }));
}

/**
 * Declares a type under the next free number. Numbers are rows without gaps that are claimed and never changed. A claim
 * of a number requires all types before it, so that no type gets two numbers.
 * @throws DomainError `BAD_USER_INPUT` when the name is taken by a different definition
 */
export async function defineType(scope: Scope, type: CustomType): Promise<ActivityTypeDefinition> {
  const definition = definitionOf(type);
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const types = await customTypes(scope);
    const known = types.find(({ name }) => name === type.name);
    if (known) {
      if (!isDeepStrictEqual(definitionOf(known), definition)) throw takenName(type.name);
      return known;
    }
    if (types.length >= MAX_TYPES)
      throw badInput(`A tenant can have ${MAX_TYPES} types; use those that are there.`, 'name');
    await scope.upsert({
      into: 'TYPES',
      columns: ['NUM', 'NAME', 'DEFINITION'],
      rows: [[FIRST_CUSTOM_NUMBER + types.length, type.name, JSON.stringify(definition)]],
      onDuplicate: 'IGNORE',
    });
  }
  throw new DomainError('BACKEND_UNAVAILABLE', 'Too many types are declared at once; try again.');
}
