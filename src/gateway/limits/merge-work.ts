import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql';

/**
 * How much work validation would be. graphql-js compares every two fields of one answer key, also across fragments. For
 * each operation it visits all variables. Both are quadratic, and run before anything else could stop them. This counts
 * the same in linear time, and stops at a bound.
 */

/** Comparisons and visits that validation may take: about 50 ms of CPU. */
export const MAX_VALIDATION_WORK = 50_000;

/** Levels of fields that are looked at; fragments that spread each other have no end. */
const MAX_LEVELS = 200;

/** The selections under one answer key. */
type Group = { count: number; weight: number; readonly below: SelectionSetNode[] };

/** The work of validating a document, up to a little more than `most`. */
export function validationWork(document: DocumentNode, most = MAX_VALIDATION_WORK): number {
  const fragments = new Map<string, FragmentDefinitionNode>();
  const reached = new Set<string>();
  let operations = 0;
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
    else operations += 1;
  // Any two fragments are compared once, and each operation is held against all that it uses.
  let work = fragments.size ** 2 / 2 + operations * (fragments.size + (document.tokenCount ?? 0) / 10);

  const collect = (set: SelectionSetNode, into: Map<string, Group>, seen: Set<string>): void => {
    for (const selection of set.selections) {
      work += 1;
      if (work > most) return;
      if (selection.kind === Kind.FIELD) add(selection, into);
      else if (selection.kind === Kind.INLINE_FRAGMENT) collect(selection.selectionSet, into, seen);
      else if (!seen.has(selection.name.value)) {
        seen.add(selection.name.value);
        reached.add(selection.name.value);
        const fragment = fragments.get(selection.name.value);
        if (fragment) collect(fragment.selectionSet, into, seen);
      }
    }
  };

  const visit = (sets: readonly SelectionSetNode[], depth = 0): void => {
    if (depth > MAX_LEVELS) work = Number.POSITIVE_INFINITY;
    if (work > most) return;
    const groups = new Map<string, Group>();
    const seen = new Set<string>();
    for (const set of sets) collect(set, groups, seen);
    for (const { count, weight } of groups.values()) work += (count - 1) * weight;
    for (const { below } of groups.values()) if (below.length > 0) visit(below, depth + 1);
  };

  for (const definition of document.definitions)
    if (definition.kind === Kind.OPERATION_DEFINITION) visit([definition.selectionSet]);
  // What no operation uses is a fault, but compared before that is told.
  for (const [name, { selectionSet }] of fragments) if (!reached.has(name)) visit([selectionSet]);
  return work;
}

function add(field: FieldNode, into: Map<string, Group>): void {
  const key = field.alias?.value ?? field.name.value;
  let group = into.get(key);
  if (!group) into.set(key, (group = { count: 0, weight: 0, below: [] }));
  group.count += 1;
  group.weight += weightOf(field);
  if (field.selectionSet) group.below.push(field.selectionSet);
}

/** Of one comparison: arguments are written as text for each. */
const weightOf = ({ arguments: given }: FieldNode): number =>
  given?.length ? given.reduce((sum, { value }) => sum + nodesOf(value) * 2, 1) : 0.5;

function nodesOf(value: ValueNode): number {
  if (value.kind === Kind.LIST) return value.values.reduce((sum, inner) => sum + nodesOf(inner), 1);
  if (value.kind === Kind.OBJECT) return value.fields.reduce((sum, inner) => sum + nodesOf(inner.value), 1);
  return 1;
}
