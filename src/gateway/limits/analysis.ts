import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLNamedType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql';

/**
 * What a document asks for, counted after fragment expansion. A fragment is analysed once however often it
 * is spread (the counts multiply, the work doesn't), so that a document built to explode is cheap to refuse.
 */

/** How many items a field may give, from its arguments; null: the field is no list. */
type Size = ((variables: Readonly<Record<string, unknown>>) => number) | null;

/** A composite field with what it costs. Leaves cost nothing and have no node. */
export type CostNode = {
  readonly responseKey: string;
  readonly weight: number;
  readonly size: Size;
  readonly children: readonly CostNode[];
};

export type Analysis = {
  readonly depth: number;
  readonly aliases: number;
  readonly rootFields: number;
  readonly root: readonly CostNode[];
};

export type FieldWeights = Readonly<Record<string, number>>;

/** Items assumed of a list whose size no argument bounds. */
const ASSUMED_LIST_SIZE = 10;
/** Page size assumed where neither the query nor the schema names one. */
const DEFAULT_PAGE = 20;

/** `nodes` is a set: a fragment spread twice in one place is executed once. */
type Part = { depth: number; aliases: number; nodes: Set<CostNode> };

const none = (depth: number, aliases: number): Part => ({ depth, aliases, nodes: new Set() });

/**
 * Analyses one operation of a valid document.
 * @param weights points of a field by `Type.field`, for those that cost more than 1.
 */
export function analyse(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  weights: FieldWeights,
): Analysis {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  const expanded = new Map<string, Part>();

  function ofFragment(name: string): Part {
    const known = expanded.get(name);
    if (known) return known;
    const definition = fragments.get(name);
    const type = definition && schema.getType(definition.typeCondition.name.value);
    // A cycle is refused by validation, which runs beside this; here it only must end.
    expanded.set(name, none(0, 0));
    const result = type ? ofSelections(definition.selectionSet, type, null) : none(0, 0);
    expanded.set(name, result);
    return result;
  }

  function ofSelections(set: SelectionSetNode, type: GraphQLNamedType, page: Size): Part {
    const sum = none(0, 0);
    for (const selection of set.selections) {
      const part =
        selection.kind === Kind.FIELD
          ? ofField(selection, type, page)
          : selection.kind === Kind.FRAGMENT_SPREAD
            ? ofFragment(selection.name.value)
            : ofSelections(
                selection.selectionSet,
                (selection.typeCondition && schema.getType(selection.typeCondition.name.value)) || type,
                page,
              );
      sum.depth = Math.max(sum.depth, part.depth);
      sum.aliases += part.aliases;
      for (const node of part.nodes) sum.nodes.add(node);
    }
    return sum;
  }

  function ofField(field: FieldNode, parent: GraphQLNamedType, page: Size): Part {
    const name = field.name.value;
    const aliases = field.alias && field.alias.value !== name ? 1 : 0;
    // Introspection reads the schema in memory; graphql's own rule bounds its depth.
    if (name.startsWith('__')) return none(1, aliases);
    const definition = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name] : undefined;
    if (!definition) return none(1, aliases);
    const type = getNamedType(definition.type);
    const own = definition.args.length > 0 ? sizeByArguments(field, definition.args) : null;
    const listed = isList(definition.type);
    // `first` of a connection bounds the lists directly below it (`edges`, `nodes`), not the connection itself.
    const size: Size = listed ? (own ?? page ?? (() => ASSUMED_LIST_SIZE)) : null;
    const below = field.selectionSet
      ? ofSelections(field.selectionSet, type, listed ? null : own)
      : none(0, 0);
    const weight = weights[`${parent.name}.${name}`] ?? (isCompositeType(type) ? 1 : 0);
    const node: CostNode = {
      responseKey: field.alias?.value ?? name,
      weight,
      size,
      children: [...below.nodes],
    };
    return {
      depth: below.depth + 1,
      aliases: aliases + below.aliases,
      nodes: new Set(weight > 0 || node.children.length > 0 ? [node] : []),
    };
  }

  const type = schema.getRootType(operation.operation);
  if (!type) throw new GraphQLError(`This schema has no ${operation.operation} type.`);
  const total = ofSelections(operation.selectionSet, type, null);
  const rootFields = countRootFields(operation.selectionSet, fragments, new Map());
  return { depth: total.depth, aliases: total.aliases, rootFields, root: [...total.nodes] };
}

function countRootFields(
  set: SelectionSetNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  seen: Map<string, number>,
): number {
  let count = 0;
  for (const selection of set.selections) {
    if (selection.kind === Kind.FIELD) count += 1;
    else if (selection.kind === Kind.INLINE_FRAGMENT)
      count += countRootFields(selection.selectionSet, fragments, seen);
    else {
      const name = selection.name.value;
      let inner = seen.get(name);
      if (inner === undefined) {
        seen.set(name, 0);
        const definition = fragments.get(name);
        inner = definition ? countRootFields(definition.selectionSet, fragments, seen) : 0;
        seen.set(name, inner);
      }
      count += inner;
    }
  }
  return count;
}

const isList = (type: GraphQLOutputType): boolean => isListType(isNonNullType(type) ? type.ofType : type);

/** The arguments that bound a list: a page size, or a list of ids or inputs to answer one by one. */
const PAGE_ARGUMENTS = ['first', 'limit'];
const LIST_ARGUMENTS = ['ids', 'campaignIds'];

function sizeByArguments(
  field: FieldNode,
  definitions: readonly { readonly name: string; readonly defaultValue?: unknown }[],
): Size {
  for (const definition of definitions) {
    const paged = PAGE_ARGUMENTS.includes(definition.name);
    if (!paged && !LIST_ARGUMENTS.includes(definition.name)) continue;
    const given = field.arguments?.find((argument) => argument.name.value === definition.name)?.value;
    const fallback = typeof definition.defaultValue === 'number' ? definition.defaultValue : DEFAULT_PAGE;
    if (!given) {
      if (paged) return () => fallback;
      continue;
    }
    return (variables) => sizeOf(given, variables, fallback);
  }
  return null;
}

function sizeOf(value: ValueNode, variables: Readonly<Record<string, unknown>>, fallback: number): number {
  if (value.kind === Kind.INT) return Number(value.value);
  if (value.kind === Kind.LIST) return value.values.length;
  if (value.kind === Kind.NULL) return fallback;
  if (value.kind === Kind.VARIABLE) {
    const given = variables[value.name.value];
    if (typeof given === 'number') return given;
    if (Array.isArray(given)) return given.length;
    return given === undefined || given === null ? fallback : 1;
  }
  return 1;
}
