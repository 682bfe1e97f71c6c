import { readSubgraphSdl, type SubgraphModule } from '../subgraph.ts';
import { resolvers } from './resolvers.ts';

/** The subgraph `ingestion`: mutations, through the door and the durable write. */
export const ingestionModule: SubgraphModule = {
  name: 'ingestion',
  typeDefs: readSubgraphSdl('ingestion'),
  resolvers: resolvers as SubgraphModule['resolvers'],
};
