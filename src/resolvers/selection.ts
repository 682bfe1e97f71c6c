import {
  type FieldNode,
  type GraphQLResolveInfo,
  getArgumentValues,
  isObjectType,
  Kind,
  type SelectionSetNode,
} from 'graphql';

/**
 * Whether a field of this name is selected anywhere below the field that is being resolved. `@skip` and
 * `@include` are not looked at: it may say yes too often, never no.
 */
export function selects(info: Pick<GraphQLResolveInfo, 'fieldNodes' | 'fragments'>, name: string): boolean {
  const seen = new Set<string>();
  const within = (set: SelectionSetNode | undefined): boolean =>
    set?.selections.some((selection) => {
      if (selection.kind === Kind.FIELD)
        return selection.name.value === name || within(selection.selectionSet);
      if (selection.kind === Kind.INLINE_FRAGMENT) return within(selection.selectionSet);
      const fragment = selection.name.value;
      if (seen.has(fragment)) return false;
      seen.add(fragment);
      return within(info.fragments[fragment]?.selectionSet);
    }) ?? false;
  return info.fieldNodes.some((node) => within(node.selectionSet));
}

/**
 * Whether a field's selection asks its objects for more than `known`: the answer belongs to the document, so
 * it is found once for each place in it. Conditions (`@skip`, `@include`) are not looked at.
 */
export function createAsksMore(known: ReadonlySet<string>): (info: GraphQLResolveInfo) => boolean {
  const answers = new WeakMap<FieldNode, boolean>();
  const asks = (set: SelectionSetNode | undefined, info: GraphQLResolveInfo, seen: Set<string>): boolean =>
    (set?.selections ?? []).some((selection) => {
      if (selection.kind === Kind.FIELD)
        return selection.name.value !== '__typename' && !known.has(selection.name.value);
      if (selection.kind === Kind.INLINE_FRAGMENT) return asks(selection.selectionSet, info, seen);
      const name = selection.name.value;
      if (seen.has(name)) return false;
      seen.add(name);
      return asks(info.fragments[name]?.selectionSet, info, seen);
    });
  return (info) => {
    const [node] = info.fieldNodes;
    if (!node) return false;
    let answer = answers.get(node);
    if (answer === undefined) {
      answer = info.fieldNodes.some((each) => asks(each.selectionSet, info, new Set()));
      answers.set(node, answer);
    }
    return answer;
  };
}

/**
 * The arguments of the first field of this name that is selected of the object being resolved, whose type is `type`;
 * undefined where there is none.
 */
export function argumentsOf(
  info: GraphQLResolveInfo,
  type: string,
  name: string,
): Record<string, unknown> | undefined {
  const owner = info.schema.getType(type);
  const field = isObjectType(owner) ? owner.getFields()[name] : undefined;
  const find = (set: SelectionSetNode | undefined): FieldNode | undefined => {
    for (const selection of set?.selections ?? []) {
      if (selection.kind === Kind.FIELD) {
        if (selection.name.value === name) return selection;
        continue;
      }
      const found = find(
        selection.kind === Kind.INLINE_FRAGMENT
          ? selection.selectionSet
          : info.fragments[selection.name.value]?.selectionSet,
      );
      if (found) return found;
    }
    return undefined;
  };
  for (const { selectionSet } of info.fieldNodes) {
    const node = field && find(selectionSet);
    if (node) return getArgumentValues(field, node, info.variableValues);
  }
  return undefined;
}
