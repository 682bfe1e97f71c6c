import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from 'graphql';
import { DateTimeResolver, JSONResolver } from 'graphql-scalars';
import { isKeptExactly } from '../domain/exact-json.ts';
import { isoTime } from '../domain/time/iso-time.ts';

/** The scalars of every subgraph. Times are epoch milliseconds inside, ISO 8601 in UTC with milliseconds outside. */
export const scalars = {
  DateTime: new GraphQLScalarType({
    ...DateTimeResolver.toConfig(),
    // graphql-scalars gives a Date, which JSON writes in the same form but at several times the cost.
    serialize: (value) =>
      isoTime(typeof value === 'number' ? value : (DateTimeResolver.serialize(value) as Date).getTime()),
  }),
  JSON: new GraphQLScalarType({ ...JSONResolver.toConfig(), parseLiteral: jsonFrom }),
};

type Variables = Readonly<Record<string, unknown>> | null | undefined;

/**
 * The JSON value of a literal, equal to the same JSON in a variable. A number that a double can't hold is its text. For
 * a missing variable a field is left out, and an element of a list is null.
 */
function jsonFrom(node: ValueNode, variables: Variables): unknown {
  switch (node.kind) {
    case Kind.STRING:
    case Kind.BOOLEAN:
      return node.value;
    case Kind.INT:
    case Kind.FLOAT:
      return isKeptExactly(node.value) ? Number(node.value) : node.value;
    case Kind.OBJECT:
      return Object.fromEntries(
        node.fields.flatMap(({ name, value }) => {
          const field = jsonFrom(value, variables);
          return field === undefined ? [] : [[name.value, field]];
        }),
      );
    case Kind.LIST:
      return node.values.map((value) => jsonFrom(value, variables) ?? null);
    case Kind.NULL:
      return null;
    case Kind.VARIABLE:
      return variables && Object.hasOwn(variables, node.name.value) ? variables[node.name.value] : undefined;
    case Kind.ENUM:
      throw new GraphQLError(`JSON has no names as values: write "${node.value}" in quotes.`, {
        nodes: node,
      });
    default:
      return node satisfies never;
  }
}
