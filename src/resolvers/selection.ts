import {
  type FieldNode,
  type GraphQLResolveInfo,
  getArgumentValues,
  isObjectType,
  Kind,
  type SelectionSetNode,
} from 'graphql';

/** A field as a document selects it. */
export type Selecting = Pick<GraphQLResolveInfo, 'fieldNodes' | 'fragments'>;

/**
 * The fields that a selection asks its objects for, those in fragments too, each fragment once. `@skip` and
 * `@include` are not looked at.
 */
function* fieldsOf(
  set: SelectionSetNode | undefined,
  fragments: Selecting['fragments'],
  seen: Set<string>,
): Generator<FieldNode> {
  for (const selection of set?.selections ?? []) {
    if (selection.kind === Kind.FIELD) yield selection;
    else if (selection.kind === Kind.INLINE_FRAGMENT)
      yield* fieldsOf(selection.selectionSet, fragments, seen);
    else if (!seen.has(selection.name.value)) {
      seen.add(selection.name.value);
      yield* fieldsOf(fragments[selection.name.value]?.selectionSet, fragments, seen);
    }
  }
}

/** The fields that the field being resolved asks its objects for. */
const fieldsAsked = ({ fieldNodes, fragments }: Selecting): readonly FieldNode[] =>
  fieldNodes.flatMap(({ selectionSet }) => [...fieldsOf(selectionSet, fragments, new Set())]);

/**
 * Whether a field of one of these names is selected anywhere below the field that is being resolved. It may say yes
 * too often, never no.
 */
export function selects({ fieldNodes, fragments }: Selecting, ...names: string[]): boolean {
  const seen = new Set<string>();
  const within = (set: SelectionSetNode | undefined): boolean => {
    for (const field of fieldsOf(set, fragments, seen))
      if (names.includes(field.name.value) || within(field.selectionSet)) return true;
    return false;
  };
  return fieldNodes.some((node) => within(node.selectionSet));
}

/**
 * Tells whether a field's selection asks its objects for more than `known`. The answer belongs to the document, so that
 * it is found once for each place in it.
 */
export function createAsksMore(known: ReadonlySet<string>): (info: GraphQLResolveInfo) => boolean {
  const answers = new WeakMap<FieldNode, boolean>();
  return (info) => {
    const [node] = info.fieldNodes;
    if (!node) return false;
    let answer = answers.get(node);
    if (answer === undefined) {
      answer = fieldsAsked(info).some(({ name }) => name.value !== '__typename' && !known.has(name.value));
      answers.set(node, answer);
    }
    return answer;
  };
}

/**
 * The first field of this name that is selected of the object being resolved, whose type is `type`; undefined where
 * there is none.
 */
export function selectionOf(
  info: GraphQLResolveInfo,
  type: string,
  name: string,
): (Selecting & { readonly args: Record<string, unknown> }) | undefined {
  const owner = info.schema.getType(type);
  const field = isObjectType(owner) ? owner.getFields()[name] : undefined;
  const node = fieldsAsked(info).find((asked) => asked.name.value === name);
  if (!field || !node) return undefined;
  const args = getArgumentValues(field, node, info.variableValues);
  return { fieldNodes: [node], fragments: info.fragments, args };
}
