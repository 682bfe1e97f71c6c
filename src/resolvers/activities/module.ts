import { readSubgraphSdl, type SubgraphModule } from '../subgraph.ts';
import { resolvers } from './resolvers.ts';

/** The subgraph `activities`: who there is and what they did, from the activity store. */
export const activitiesModule: SubgraphModule = {
  name: 'activities',
  typeDefs: readSubgraphSdl('activities'),
  resolvers: resolvers as SubgraphModule['resolvers'],
};
