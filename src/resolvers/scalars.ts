import { GraphQLScalarType } from 'graphql';
import { DateTimeResolver, JSONResolver } from 'graphql-scalars';
import { isoTime } from '../domain/iso-time.ts';

/** The scalars of every subgraph. Times are epoch milliseconds inside, ISO 8601 in UTC with milliseconds outside. */
export const scalars = {
  DateTime: new GraphQLScalarType({
    ...DateTimeResolver.toConfig(),
    // graphql-scalars gives a Date, which JSON writes in the same form but at several times the cost.
    serialize: (value) =>
      isoTime(typeof value === 'number' ? value : (DateTimeResolver.serialize(value) as Date).getTime()),
  }),
  JSON: JSONResolver,
};
