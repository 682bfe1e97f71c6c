import {
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  isNonNullType,
  responsePathAsArray,
} from 'graphql';
import type { Execute } from '../graphql/executor.ts';

type Path = readonly (string | number)[];

/**
 * Completes a router's result as graphql-js completes results of resolvers. Each error stands at its field, a missing
 * non-null field makes the next nullable field null, and `data` is always present. The router runtime (1.4.23) leaves
 * out non-null fields, and leaves the inner index out of the path of an entity in a list of lists.
 */
export async function completeRouted(
  schema: GraphQLSchema,
  { document, operationName, variables, contextValue }: Parameters<Execute>[0],
  routed: ExecutionResult,
): Promise<ExecutionResult> {
  const reasons = reasonsOf(routed.errors ?? []);
  const placed = new Set<string>();

  /** Why there is a null at the path. Of lists of lists, errors `at` the outer index are taken too, as if they were at `place`. */
  const reasonOf = (path: Path, at = reasons.at, place = path): GraphQLError | undefined => {
    const reason = reasons.at.get(keyOf(path)) ?? reasons.below.get(keyOf(path));
    if (reason) {
      placed.add(keyOf(reason.path ?? []));
      return reason;
    }
    for (const outer of withoutInnerIndexes(path)) {
      const elsewhere = at.get(keyOf(outer));
      if (!elsewhere) continue;
      placed.add(keyOf(elsewhere.path ?? []));
      const { message, originalError, extensions } = elsewhere;
      return new GraphQLError(message, { path: place, originalError: originalError ?? null, extensions });
    }
    return undefined;
  };

  /** The value with an error in each place where one explains a null. */
  const explained = (value: unknown, path: Path): unknown => {
    if (Array.isArray(value)) return value.map((item, index) => explained(item, [...path, index]));
    return value ?? reasonOf(path) ?? null;
  };

  /** Of a non-null field that is missing: the failure beside it is the reason. */
  const besideOf = (info: GraphQLResolveInfo, path: Path): GraphQLError | undefined =>
    isNonNullType(info.returnType) ? reasonOf(path.slice(0, -1), reasons.below, path) : undefined;

  const result = await execute({
    schema,
    document,
    contextValue,
    rootValue: routed.data ?? {},
    variableValues: variables ?? {},
    operationName: operationName ?? null,
    fieldResolver(parent, _args, _context, info) {
      const value = parent[info.path.key];
      if (reasons.at.size === 0) return value;
      const path = responsePathAsArray(info.path);
      return explained(value, path) ?? besideOf(info, path);
    },
  });
  const explainedAlready = outersOfNulls(result);
  const unplaced = (routed.errors ?? []).filter(
    ({ path }) =>
      !path ||
      !(placed.has(keyOf(path)) || path.some((_, at) => explainedAlready.has(keyOf(path.slice(0, at + 1))))),
  );
  const errors = [...(result.errors ?? []), ...unplaced];
  return errors.length > 0 ? { ...result, errors } : result;
}

/** By path: the error of that place, and one from below it that may have made it null. */
function reasonsOf(errors: Iterable<GraphQLError>) {
  const at = new Map<string, GraphQLError>();
  const below = new Map<string, GraphQLError>();
  for (const error of errors) {
    const { path } = error;
    if (!path) continue;
    at.set(keyOf(path), error);
    for (let length = path.length - 1; length > 0; length -= 1)
      below.set(keyOf(path.slice(0, length)), error);
  }
  return { at, below };
}

/**
 * Places of nulls with an error, without inner indexes as from the runtime. A second error below such a place adds
 * nothing, and would point to no place of the answer.
 */
function outersOfNulls({ data, errors = [] }: ExecutionResult): ReadonlySet<string> {
  const outers = new Set<string>();
  for (const { path = [] } of errors) {
    let value: unknown = data;
    let depth = 0;
    for (; depth < path.length && value !== null && value !== undefined; depth += 1)
      value = (value as Record<string | number, unknown>)[path[depth] ?? ''];
    for (const outer of withoutInnerIndexes(path.slice(0, depth))) outers.add(keyOf(outer));
  }
  return outers;
}

/** The path with its first list of lists, its first two and so on addressed by the outer index alone. */
function* withoutInnerIndexes(path: Path): Iterable<Path> {
  let shorter = path;
  for (let index = 2; index < shorter.length; index += 1)
    while (typeof shorter[index] === 'number' && typeof shorter[index - 1] === 'number') {
      shorter = shorter.toSpliced(index, 1);
      if (typeof shorter[index] !== 'number') yield shorter;
    }
}

const keyOf = (path: Path): string => path.join('\n');
