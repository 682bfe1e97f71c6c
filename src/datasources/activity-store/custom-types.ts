import type { CustomType } from '../../domain/activity.ts';
import { standardType } from '../../domain/activity-types.ts';
import { badInput, type DomainError } from '../../lib/errors.ts';

/**
 * The stored fields of a tenant's own type, in this order, without others.
 * @throws DomainError `BAD_USER_INPUT` for the name of a standard type
 */
export function definitionOf(type: CustomType): CustomType {
  if (standardType(type.name))
    throw badInput(`'${type.name}' is a standard type. Choose another name.`, 'name');
  return {
    name: type.name,
    category: type.category,
    description: type.description,
    attributes: type.attributes.map(({ name, dataType, description, required, pii }) => ({
      name,
      dataType,
      description,
      required,
      pii,
    })),
    conversion: type.conversion,
  };
}

/** The tenant has a type of that name that is defined in another way. */
export const takenName = (name: string): DomainError =>
  badInput(
    `The type '${name}' is declared already, in another way. Activities are judged by it: declare a type of another name.`,
    'name',
  );
