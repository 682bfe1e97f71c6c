import { GraphQLScalarType } from 'graphql';
import { DateTimeResolver, JSONResolver } from 'graphql-scalars';
import { isoTime } from '../domain/iso-time.ts';

/**
 * A literal in which variables that were not given are as in GraphQL's own inputs: a field is left out, an item is
 * null. The literal is our own, so it is changed as it is.
 */
function withoutAbsent(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutAbsent(item) ?? null);
  if (typeof value !== 'object' || value === null) return value;
  const fields = value as Record<string, unknown>;
  for (const [name, field] of Object.entries(fields))
    if (field === undefined) delete fields[name];
    else if (typeof field === 'object') fields[name] = withoutAbsent(field);
  return value;
}

/** The scalars of every subgraph. Times are epoch milliseconds inside, ISO 8601 in UTC with milliseconds outside. */
export const scalars = {
  DateTime: new GraphQLScalarType({
    ...DateTimeResolver.toConfig(),
    // graphql-scalars gives a Date, which JSON writes in the same form but at several times the cost.
    serialize: (value) =>
      isoTime(typeof value === 'number' ? value : (DateTimeResolver.serialize(value) as Date).getTime()),
  }),
  JSON: new GraphQLScalarType({
    ...JSONResolver.toConfig(),
    parseLiteral: (node, variables) => withoutAbsent(JSONResolver.parseLiteral(node, variables)),
  }),
};
