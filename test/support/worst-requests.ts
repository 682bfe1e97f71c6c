import {
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isCompositeType,
  isLeafType,
  isListType,
  isObjectType,
  isRequiredArgument,
} from 'graphql';

/** A request that asks for as much as its text can, with pages of a size that is tried from large to small. */
export type WorstRequest = { readonly name: string; query(page: number): string };

/** Sizes of pages, from those that no limit allows. */
export const PAGES = [10_000, 1_000, 500, 250, 200, 100, 50, 20, 10, 5, 2, 1] as const;
/** As many aliases as an operation may have; one is left for the path. */
const ALIASES = 50;

type Step = { readonly type: GraphQLObjectType; readonly field: GraphQLField<unknown, unknown> };

/**
 * For each field of the schema that gives a list or JSON: the request that reaches it the shortest way, with all plain
 * leaves beside it and as many aliases as are allowed.
 * @param given arguments by `Type.field`, for those that need some or find nothing without
 */
export function worstRequests(
  schema: GraphQLSchema,
  given: Readonly<Record<string, string>>,
): WorstRequest[] {
  const query = schema.getQueryType();
  if (!query) return [];
  const found: WorstRequest[] = [];
  for (const [type, path] of shortestPaths(schema, query, given))
    for (const field of Object.values(type.getFields())) {
      const named = getNamedType(field.type);
      if (!isListType(getNullableType(field.type)) && named.name !== 'JSON') continue;
      found.push({
        name: [...path.map((step) => step.field.name), field.name].join('.'),
        query: (page) => `{ ${nest([...path, { type, field }], given, page)} }`,
      });
    }
  return found;
}

function shortestPaths(
  schema: GraphQLSchema,
  query: GraphQLObjectType,
  given: Readonly<Record<string, string>>,
): Map<GraphQLObjectType, readonly Step[]> {
  const paths = new Map<GraphQLObjectType, readonly Step[]>([[query, []]]);
  for (const [type, path] of paths)
    for (const field of Object.values(type.getFields())) {
      const named = getNamedType(field.type);
      if (!isCompositeType(named)) continue;
      if (field.args.some(isRequiredArgument) && !given[`${type.name}.${field.name}`]) continue;
      const types = isObjectType(named) ? [named] : schema.getPossibleTypes(named);
      for (const next of types)
        if (!paths.has(next) && isObjectType(named)) paths.set(next, [...path, { type, field }]);
    }
  return paths;
}

function nest(steps: readonly Step[], given: Readonly<Record<string, string>>, page: number): string {
  const [{ type, field } = steps[0] as Step, ...rest] = steps;
  const call = `${field.name}${argumentsOf(type, field, given, page)}`;
  if (rest.length > 0) return `${call} { ${nest(rest, given, page)} }`;
  const named = getNamedType(field.type);
  if (!isObjectType(named))
    return isLeafType(named)
      ? Array.from({ length: ALIASES }, (_, index) => `a${index}: ${call}`).join(' ')
      : `${call} { __typename }`;
  const leaves = Object.values(named.getFields()).filter((leaf) => isLeafType(getNamedType(leaf.type)));
  const widest = leaves.find((leaf) => getNamedType(leaf.type).name === 'JSON') ?? leaves[0];
  const aliases = Array.from({ length: ALIASES }, (_, index) => `a${index}: ${widest?.name ?? '__typename'}`);
  return `${call} { ${[...leaves.map((leaf) => leaf.name), ...aliases].join(' ')} }`;
}

function argumentsOf(
  type: GraphQLObjectType,
  field: GraphQLField<unknown, unknown>,
  given: Readonly<Record<string, string>>,
  page: number,
): string {
  const parts = [
    given[`${type.name}.${field.name}`],
    field.args.some(({ name }) => name === 'first') ? `first: ${page}` : undefined,
  ].filter((part) => part !== undefined);
  return parts.length > 0 ? `(${parts.join(', ')})` : '';
}

const TYPE_PARTS =
  'fields { description args { description type { ofType { ofType { name } } } } type { ofType { fields { description args { description } } } fields { description args { description } } } }';

/** Introspection from each of its roots, so many times. */
export const introspections = (times: number): string[] => {
  const repeat = (what: string): string =>
    Array.from({ length: times }, (_, index) => `a${index}: ${what}`).join(' ');
  const part = `fragment T on __Type { ${TYPE_PARTS} }`;
  return [
    `{ __schema { ${repeat('types { ...T }')} } } ${part}`,
    `{ __schema { ${repeat('queryType { ...T }')} } } ${part}`,
    `{ __schema { ${repeat('directives { name locations args { name type { ...T } } }')} } } ${part}`,
    `{ __type(name: "Query") { ${repeat('fields { type { ...T } }')} } } ${part}`,
    `{ ${repeat('__type(name: "Activity") { ...T }')} } ${part}`,
    `{ ${repeat('__schema { types { ...T } }')} } ${part}`,
    `{ ${repeat('__typename')} }`,
  ];
};

/** Documents whose validation compares much. */
export function comparisons(size: number): string[] {
  const repeat = (what: (index: number) => string): string =>
    Array.from({ length: size }, (_, index) => what(index)).join(' ');
  return [
    `{ viewer { ${repeat(() => 'scopes')} } }`,
    `{ ${repeat(() => 'viewer { tenant { id name } }')} }`,
    `{ lead(id: "a") { ${repeat(() => 'activities(first: 5, types: ["a", "b", "c"]) { nodes { id } }')} } }`,
    `{ viewer { ${repeat((index) => `...F${index}`)} } } ${repeat((index) => `fragment F${index} on Viewer { scopes }`)}`,
    `{ viewer { ...F0 } } ${repeat((index) => `fragment F${index} on Viewer { scopes ...F${index + 1} }`)} fragment F${size} on Viewer { scopes }`,
    `${repeat((index) => `query Q${index}($v: ID!) { ...F }`)} fragment F on Query { ${repeat(() => 'lead(id: $v) { id }')} }`,
    `{ __schema { ${repeat(() => 'types { name fields { name } }')} } }`,
    `{ activity(id: "a") { ${Array.from({ length: Math.min(9, Math.floor(Math.log2(size))) }).reduce<string>((below) => `lead { activities { nodes { ${below} } } } lead { activities { nodes { ${below} } } }`, 'id')} } }`,
  ];
}
