import { readSubgraphSdl, type SubgraphModule } from '../subgraph.ts';
import { resolvers } from './resolvers.ts';

/** The subgraph `search`: activities and people by words and conditions, from the search index. */
export const searchModule: SubgraphModule = {
  name: 'search',
  typeDefs: readSubgraphSdl('search'),
  resolvers: resolvers as SubgraphModule['resolvers'],
};
