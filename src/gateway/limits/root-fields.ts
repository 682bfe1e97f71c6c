import {
  type FragmentDefinitionNode,
  Kind,
  SchemaMetaFieldDef,
  type SelectionSetNode,
  TypeMetaFieldDef,
} from 'graphql';

/** Fields of the root type, after fragment expansion. */
type RootFields = { all: number; meta: number; introspections: number };

/** @param seen the counts of fragments so far, by name */
export function countRootFields(
  set: SelectionSetNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  seen: Map<string, RootFields>,
): RootFields {
  const count: RootFields = { all: 0, meta: 0, introspections: 0 };
  const add = (more: RootFields): void => {
    count.all += more.all;
    count.meta += more.meta;
    count.introspections += more.introspections;
  };
  for (const selection of set.selections) {
    if (selection.kind === Kind.FIELD) add(rootField(selection.name.value));
    else if (selection.kind === Kind.INLINE_FRAGMENT)
      add(countRootFields(selection.selectionSet, fragments, seen));
    else {
      const name = selection.name.value;
      let inner = seen.get(name);
      if (inner === undefined) {
        seen.set(name, { all: 0, meta: 0, introspections: 0 });
        const definition = fragments.get(name);
        inner = definition
          ? countRootFields(definition.selectionSet, fragments, seen)
          : { all: 0, meta: 0, introspections: 0 };
        seen.set(name, inner);
      }
      add(inner);
    }
  }
  return count;
}

const rootField = (name: string): RootFields => ({
  all: 1,
  meta: name.startsWith('__') ? 1 : 0,
  introspections: name === SchemaMetaFieldDef.name || name === TypeMetaFieldDef.name ? 1 : 0,
});
