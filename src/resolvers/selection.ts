import {
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLIncludeDirective,
  type GraphQLResolveInfo,
  GraphQLSkipDirective,
  getArgumentValues,
  getDirectiveValues,
  isAbstractType,
  isObjectType,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';

/** A field as a document selects it. */
export type Selecting = Pick<GraphQLResolveInfo, 'fieldNodes' | 'fragments'>;

/**
 * The fields that a selection asks its objects for, those in fragments too, each fragment once.
 * @param isTaken leaves out selections, such as those of `@skip`; without it all are taken
 */
function* fieldsOf(
  set: SelectionSetNode | undefined,
  fragments: Selecting['fragments'],
  seen: Set<string>,
  isTaken: (selection: SelectionNode | FragmentDefinitionNode) => boolean = () => true,
): Generator<FieldNode> {
  for (const selection of set?.selections ?? []) {
    if (!isTaken(selection)) continue;
    if (selection.kind === Kind.FIELD) yield selection;
    else if (selection.kind === Kind.INLINE_FRAGMENT)
      yield* fieldsOf(selection.selectionSet, fragments, seen, isTaken);
    else if (!seen.has(selection.name.value)) {
      seen.add(selection.name.value);
      const fragment = fragments[selection.name.value];
      if (fragment && isTaken(fragment)) yield* fieldsOf(fragment.selectionSet, fragments, seen, isTaken);
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
 * Tells whether a field's selection asks an object of `type` for more than the fields of `known`, after conditions and
 * fragments. The answer is found once for each list of nodes: executors make it for each run, or for each compilation.
 */
export function createAsksMore(
  known: ReadonlySet<string>,
): (info: GraphQLResolveInfo, type: string) => boolean {
  const answers = new WeakMap<readonly FieldNode[], Map<string, boolean>>();
  return (info, type) => {
    let byType = answers.get(info.fieldNodes);
    if (!byType) answers.set(info.fieldNodes, (byType = new Map()));
    let answer = byType.get(type);
    if (answer === undefined) byType.set(type, (answer = asksMore(info, type, known)));
    return answer;
  };
}

function asksMore(
  { fieldNodes, fragments, schema, variableValues }: GraphQLResolveInfo,
  type: string,
  known: ReadonlySet<string>,
): boolean {
  const applies = (condition: string): boolean => {
    const [on, object] = [schema.getType(condition), schema.getType(type)];
    return condition === type || (isAbstractType(on) && isObjectType(object) && schema.isSubType(on, object));
  };
  const isTaken = (node: SelectionNode | FragmentDefinitionNode): boolean => {
    if ('typeCondition' in node && node.typeCondition && !applies(node.typeCondition.name.value))
      return false;
    return (
      getDirectiveValues(GraphQLSkipDirective, node, variableValues)?.['if'] !== true &&
      getDirectiveValues(GraphQLIncludeDirective, node, variableValues)?.['if'] !== false
    );
  };
  for (const { selectionSet } of fieldNodes)
    for (const { name } of fieldsOf(selectionSet, fragments, new Set(), isTaken))
      if (name.value !== '__typename' && !known.has(name.value)) return true;
  return false;
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
