import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLArgument,
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
  SchemaMetaFieldDef,
  type SelectionSetNode,
  TypeMetaFieldDef,
} from 'graphql';
import { itemsOf, type Size, sizeByArguments } from './arguments.ts';
import { introspectionSizes } from './introspection-size.ts';
import { countRootFields } from './root-fields.ts';

/**
 * The size of a document's selections, counted after fragment expansion. A fragment is analysed once, however often it
 * is spread: the counts multiply, the work doesn't. So a document that is built to explode is cheap to refuse.
 */

/** A field with what it costs. Plain leaves have no node: they are part of the weight of the object they are asked of. */
export type CostNode = {
  readonly responseKey: string;
  /** Points of one object, or of one use of a leaf that has no bound of its own. */
  readonly weight: number;
  /** Whether it is a leaf: whatever its value is, it is not looked into. */
  readonly isLeaf: boolean;
  /** Whether its value is JSON, of any size up to that of an item. */
  readonly isJson: boolean;
  /** How many items the field may give. */
  readonly size: Size;
  /** The number of items in its arguments, because each is work; null without items. */
  readonly items: Size;
  readonly children: readonly CostNode[];
};

export type Analysis = {
  readonly depth: number;
  readonly aliases: number;
  readonly rootFields: number;
  /** Root fields that ask for the schema: `__schema` and `__type`. */
  readonly introspections: number;
  /** Whether it asks for the schema and for nothing else, with no variable: the answer is always the same. */
  readonly isIntrospection: boolean;
  readonly root: readonly CostNode[];
  /** Points of the plain leaves of the root itself. */
  readonly rootLeaves: number;
};

export type FieldWeights = Readonly<Record<string, number>>;

/** Points of a plain leaf: a scalar or an enum. An object rarely has more than twenty. */
const LEAF_WEIGHT = 0.05;
/** Points of a list of leaves. */
const LEAF_LIST_WEIGHT = 0.5;
/** Points of a JSON value, which can have 32 KiB; what it had less is given back. */
export const JSON_WEIGHT = 5;
/** Scalars whose values have no form of their own. */
export const JSON_SCALARS: ReadonlySet<string> = new Set(['JSON']);
/** Points of an object of the schema, which is in memory, against those of one of a store. */
const INTROSPECTION_FACTOR = 0.6;
/** Items assumed of a list whose size no argument bounds. */
const ASSUMED_LIST_SIZE = 10;

/** `nodes` is a set: a fragment spread twice in one place is executed once. */
type Part = { depth: number; aliases: number; leaves: number; nodes: Set<CostNode> };

const none = (depth: number, aliases: number): Part => ({ depth, aliases, leaves: 0, nodes: new Set() });

/** The state of the analysis of one operation. */
type Walk = {
  readonly schema: GraphQLSchema;
  readonly weights: FieldWeights;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** By the fragment's name, and by what bounds the lists directly in it. */
  readonly expanded: Map<string, Map<Size, Part>>;
  /** One function for each field node, by which its fragments are known again. */
  readonly sizes: Map<FieldNode, Size>;
  readonly introspectionSizeOf: ReturnType<typeof introspectionSizes>;
};

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
  const introspectionSizeOf = introspectionSizes(schema);
  const walk: Walk = {
    schema,
    weights,
    fragments,
    expanded: new Map(),
    sizes: new Map(),
    introspectionSizeOf,
  };

  const type = schema.getRootType(operation.operation);
  if (!type) throw new GraphQLError(`This schema has no ${operation.operation} type.`);
  const total = ofSelections(walk, operation.selectionSet, type, null);
  const roots = countRootFields(operation.selectionSet, fragments, new Map());
  return {
    depth: total.depth,
    aliases: total.aliases,
    rootFields: roots.all,
    introspections: roots.introspections,
    isIntrospection:
      roots.introspections > 0 && roots.all === roots.meta && !operation.variableDefinitions?.length,
    root: [...total.nodes],
    rootLeaves: total.leaves,
  };
}

function ofFragment(walk: Walk, name: string, page: Size): Part {
  let byPage = walk.expanded.get(name);
  if (!byPage) walk.expanded.set(name, (byPage = new Map()));
  const known = byPage.get(page);
  if (known) return known;
  const definition = walk.fragments.get(name);
  const type = definition && walk.schema.getType(definition.typeCondition.name.value);
  // A cycle is refused by validation, which runs beside this; here it only must end.
  byPage.set(page, none(0, 0));
  const result = type ? ofSelections(walk, definition.selectionSet, type, page) : none(0, 0);
  byPage.set(page, result);
  return result;
}

function ofSelections(walk: Walk, set: SelectionSetNode, type: GraphQLNamedType, page: Size): Part {
  const sum = none(0, 0);
  for (const selection of set.selections) {
    const part =
      selection.kind === Kind.FIELD
        ? ofField(walk, selection, type, page)
        : selection.kind === Kind.FRAGMENT_SPREAD
          ? ofFragment(walk, selection.name.value, page)
          : ofSelections(
              walk,
              selection.selectionSet,
              (selection.typeCondition && walk.schema.getType(selection.typeCondition.name.value)) || type,
              page,
            );
    sum.depth = Math.max(sum.depth, part.depth);
    sum.aliases += part.aliases;
    sum.leaves += part.leaves;
    for (const node of part.nodes) sum.nodes.add(node);
  }
  return sum;
}

function ofField(walk: Walk, field: FieldNode, parent: GraphQLNamedType, page: Size): Part {
  const name = field.name.value;
  const aliases = field.alias && field.alias.value !== name ? 1 : 0;
  const definition = fieldOf(walk.schema, parent, name);
  if (!definition) return { ...none(1, aliases), leaves: LEAF_WEIGHT };
  const type = getNamedType(definition.type);
  if (!isCompositeType(type)) return ofLeaf(field, definition.type, aliases);
  const own = sizeOfArguments(walk, field, definition.args);
  const listed = isList(definition.type);
  const isIntrospection = type.name.startsWith('__');
  // `first` of a connection bounds the lists directly below it (`edges`, `nodes`), not the connection itself.
  const size: Size = !listed
    ? null
    : isIntrospection
      ? walk.introspectionSizeOf(parent.name, name)
      : (own ?? page ?? (() => ASSUMED_LIST_SIZE));
  const below = field.selectionSet
    ? ofSelections(walk, field.selectionSet, type, listed ? null : own)
    : none(0, 0);
  const factor = isIntrospection ? INTROSPECTION_FACTOR : 1;
  const node: CostNode = {
    responseKey: field.alias?.value ?? name,
    weight: (walk.weights[`${parent.name}.${name}`] ?? 1) * factor + below.leaves * factor,
    isLeaf: false,
    isJson: false,
    size,
    items: itemsOf(field, parent.name),
    children: [...below.nodes],
  };
  // A wrapper of a type (a list of it, or that it can't be null) is no level: it holds one thing.
  const isWrapper = parent.name === '__Type' && name === 'ofType';
  return {
    depth: below.depth + (isWrapper ? 0 : 1),
    aliases: aliases + below.aliases,
    leaves: 0,
    nodes: new Set([node]),
  };
}

function sizeOfArguments(walk: Walk, field: FieldNode, definitions: readonly GraphQLArgument[]): Size {
  let size = walk.sizes.get(field);
  if (size === undefined) {
    size = definitions.length > 0 ? sizeByArguments(field, definitions) : null;
    walk.sizes.set(field, size);
  }
  return size;
}

function ofLeaf(field: FieldNode, type: GraphQLOutputType, aliases: number): Part {
  const isJson = JSON_SCALARS.has(getNamedType(type).name);
  if (!isJson && !isList(type)) return { ...none(1, aliases), leaves: LEAF_WEIGHT };
  const node: CostNode = {
    responseKey: field.alias?.value ?? field.name.value,
    weight: isJson ? JSON_WEIGHT : LEAF_LIST_WEIGHT,
    isLeaf: true,
    isJson,
    size: null,
    items: null,
    children: [],
  };
  return { ...none(1, aliases), nodes: new Set([node]) };
}

/** The field of a type, those that every schema has (`__schema`, `__type`) included. */
function fieldOf(schema: GraphQLSchema, parent: GraphQLNamedType, name: string) {
  if (parent === schema.getQueryType()) {
    if (name === SchemaMetaFieldDef.name) return SchemaMetaFieldDef;
    if (name === TypeMetaFieldDef.name) return TypeMetaFieldDef;
  }
  return isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name] : undefined;
}

const isList = (type: GraphQLOutputType): boolean => isListType(isNonNullType(type) ? type.ofType : type);
