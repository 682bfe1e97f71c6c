import { type FieldNode, type GraphQLResolveInfo, Kind, type SelectionSetNode } from 'graphql';
import { Foreign, isIterable, isPromise } from './origin.ts';
import type { FindReference } from './references.ts';

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
 * What a field of `module` returned, with each reference in it looked up at once instead of once for each of its
 * fields: the object of the owner takes its place, and its fields are read from that without a wait. One that can't
 * be found stays a reference, whose fields then answer as they would have.
 */
export function lookAhead(
  value: unknown,
  module: string,
  find: FindReference,
  context: object,
  info: GraphQLResolveInfo,
): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Error) return value;
  if (isPromise(value)) return value.then((settled) => lookAhead(settled, module, find, context, info));
  if (isIterable(value)) return Array.from(value, (item) => lookAhead(item, module, find, context, info));
  const found = find(value, context, info);
  if (isPromise(found))
    return found.then(
      (entity) => (isObject(entity) ? entity : new Foreign(module, value)),
      () => new Foreign(module, value),
    );
  return isObject(found) ? found : new Foreign(module, value);
}

const isObject = (entity: unknown): boolean =>
  typeof entity === 'object' && entity !== null && !(entity instanceof Error);
