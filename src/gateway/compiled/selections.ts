import { type DocumentNode, type FragmentDefinitionNode, Kind, type SelectionSetNode } from 'graphql';

/** Fields of a document's operations beyond which they are not compiled: compiled code has each field at each use. */
export const MAX_COMPILED_FIELDS = 500;

/** How many fields the operations of a valid document have with fragments at each use, up to one more than `most`. */
export function expandedFields(document: DocumentNode, most: number = MAX_COMPILED_FIELDS): number {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  let count = 0;
  const walk = (set: SelectionSetNode | undefined): void => {
    for (const selection of set?.selections ?? []) {
      // Spreads count too, so that fragments without a field end as well.
      count += 1;
      if (count > most) return;
      walk(
        selection.kind === Kind.FRAGMENT_SPREAD
          ? fragments.get(selection.name.value)?.selectionSet
          : selection.selectionSet,
      );
    }
  };
  for (const definition of document.definitions)
    if (definition.kind === Kind.OPERATION_DEFINITION) walk(definition.selectionSet);
  return Math.min(count, most + 1);
}
