import type { CustomType } from '../../domain/activity.ts';
import { boundedList } from '../../lib/bounds.ts';
import { badInput } from '../../lib/errors.ts';

const MAX_ATTRIBUTES = 100;
const TYPE_NAME = /^[\p{L}\p{N}](?:[\p{L}\p{N} _-]{0,98}[\p{L}\p{N}])?$/u;
const ATTRIBUTE_NAME = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;

/** @throws DomainError `BAD_USER_INPUT` at the field of a definition that no tenant may declare */
export function checkDefinition({ name, attributes }: CustomType): void {
  if (!TYPE_NAME.test(name))
    throw badInput(
      'A type name has 1 to 100 letters, digits, inner spaces, hyphens and underscores.',
      'name',
    );
  const names = new Set<string>();
  boundedList(attributes, MAX_ATTRIBUTES, 'attributes').forEach((attribute, index) => {
    const field = `attributes[${index}].name`;
    if (!ATTRIBUTE_NAME.test(attribute.name))
      throw badInput('An attribute name is a letter, then up to 63 letters, digits or underscores.', field);
    if (names.has(attribute.name)) throw badInput(`'${attribute.name}' is declared twice.`, field);
    names.add(attribute.name);
  });
}
