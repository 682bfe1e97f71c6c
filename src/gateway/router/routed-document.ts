import {
  type DocumentNode,
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isObjectType,
  isUnionType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { withoutConditions } from '../compiled/specialise.ts';

/**
 * The operation in a form that the router runtime (1.4.23) handles. Every field stands once, every object has its type,
 * and only fragments on types remain. The runtime doubles the items of a list that stands twice, and can't plan an
 * empty operation.
 * @returns undefined where no subgraph is needed
 */
export function routedDocument(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  coerced: Readonly<Record<string, unknown>>,
): DocumentNode | undefined {
  const bare = withoutConditions(document, operation, coerced);
  const merge = merger(schema, bare);
  const definition = bare.definitions.find((candidate) => candidate.kind === Kind.OPERATION_DEFINITION);
  const root = schema.getRootType(operation.operation);
  if (!definition || !root) return undefined;
  const selections = merge(root, [definition.selectionSet]);
  if (selections.length === 0) return undefined;
  const selectionSet: SelectionSetNode = { kind: Kind.SELECTION_SET, selections };
  return { kind: Kind.DOCUMENT, definitions: [{ ...definition, selectionSet }] };
}

type Merge = (parent: GraphQLCompositeType, sets: readonly SelectionSetNode[]) => SelectionNode[];
type Fields = Map<string, FieldNode[]>;

function merger(schema: GraphQLSchema, document: DocumentNode): Merge {
  /** The selections of a fragment, spread or inline, and the type it is on; undefined for a field. */
  const fragmentOf = (selection: SelectionNode) => {
    if (selection.kind === Kind.FIELD) return undefined;
    if (selection.kind === Kind.INLINE_FRAGMENT) return selection;
    const name = selection.name.value;
    return document.definitions.find(
      (definition) => definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === name,
    ) as Extract<(typeof document.definitions)[number], { kind: Kind.FRAGMENT_DEFINITION }> | undefined;
  };

  const applies = (condition: string | undefined, type: GraphQLObjectType): boolean => {
    const on = condition === undefined ? type : schema.getType(condition);
    return on === type || (isAbstractType(on) && schema.isSubType(on, type));
  };

  /** The fields for an object of the type, by response key. */
  const collect = (
    type: GraphQLObjectType,
    sets: readonly SelectionSetNode[],
    into: Fields = new Map(),
  ): Fields => {
    for (const { selections } of sets)
      for (const selection of selections) {
        const fragment = fragmentOf(selection);
        if (selection.kind === Kind.FIELD) {
          const key = selection.alias?.value ?? selection.name.value;
          if (!selection.name.value.startsWith('__')) into.set(key, [...(into.get(key) ?? []), selection]);
        } else if (fragment && applies(fragment.typeCondition?.name.value, type))
          collect(type, [fragment.selectionSet], into);
      }
    return into;
  };

  const merge: Merge = (parent, sets) => {
    const fields = (type: GraphQLObjectType, owner: GraphQLCompositeType) =>
      [...collect(type, sets).values()].map((nodes) => mergeFields(owner, nodes));
    if (isObjectType(parent)) return fields(parent, parent);
    const types = schema.getPossibleTypes(parent);
    const [first] = types;
    const tellsTypesApart = sets.some(({ selections }) => selections.some(({ kind }) => kind !== Kind.FIELD));
    if (!tellsTypesApart) return first ? fields(first, parent) : [];
    return types.flatMap((type): SelectionNode[] => {
      const selections = fields(type, type);
      if (selections.length === 0) return [];
      const on = { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: type.name } } as const;
      const selectionSet = { kind: Kind.SELECTION_SET, selections } as const;
      return [{ kind: Kind.INLINE_FRAGMENT, typeCondition: on, selectionSet }];
    });
  };

  const mergeFields = (parent: GraphQLCompositeType, nodes: readonly FieldNode[]): FieldNode => {
    const [node] = nodes;
    const definition = node && !isUnionType(parent) ? parent.getFields()[node.name.value] : undefined;
    if (!node || !definition) throw new Error(`${parent.name} has no field '${node?.name.value}'.`);
    const type = getNamedType(definition.type);
    if (!isCompositeType(type)) return node;
    const sets = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
    return {
      ...node,
      selectionSet: { kind: Kind.SELECTION_SET, selections: [TYPENAME, ...merge(type, sets)] },
    };
  };

  return merge;
}

const TYPENAME = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } } as const;
