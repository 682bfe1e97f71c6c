import type { GraphQLSchema } from 'graphql';
import { oneSchema } from '../../src/gateway/graphql/one-schema.ts';
import { composeSupergraph } from '../../src/gateway/router/compose-supergraph.ts';
import type { ExecutableSubgraph } from '../../src/resolvers/subgraph.ts';

/** One schema of any subgraphs, composed here. */
export const oneSchemaOf = (subgraphs: readonly ExecutableSubgraph[]): GraphQLSchema =>
  oneSchema(
    subgraphs,
    composeSupergraph(
      subgraphs.map(({ name, typeDefs }) => ({ name, typeDefs, url: `http://${name}.invalid/graphql` })),
    ),
  );
