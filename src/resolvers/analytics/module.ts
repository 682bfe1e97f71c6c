import { readSubgraphSdl, type SubgraphModule } from '../subgraph.ts';
import { resolvers } from './resolvers.ts';

/** The subgraph `analytics`: campaigns and figures, from the semantic layer over the metrics store. */
export const analyticsModule: SubgraphModule = {
  name: 'analytics',
  typeDefs: readSubgraphSdl('analytics'),
  resolvers: resolvers as SubgraphModule['resolvers'],
};
