import { authenticated, open, scope } from '../../auth/rules.ts';
import { defineSubgraph } from '../subgraph.ts';
import { resolvers } from './resolvers.ts';

const write = scope('activities:write');
const administer = scope('admin');

/** Mutations, through the door and the durable write, and the items that they refused. */
export const ingestion = defineSubgraph({
  name: 'ingestion',
  resolvers,
  rules: {
    Query: { ingestionLimits: authenticated, failedActivities: scope('activities:read') },
    Mutation: {
      recordActivities: write,
      identifyLeads: write,
      defineActivityType: administer,
      replayFailedActivities: administer,
    },
    FailedActivityConnection: open,
    FailedActivityEdge: open,
    FailedActivity: open,
    PageInfo: open,
    ReplayFailedActivitiesPayload: open,
    ReplayResult: open,
    IngestionLimits: open,
    RecordActivitiesPayload: open,
    RecordActivityResult: open,
    RecordError: open,
    Activity: open,
    IdentifyLeadsPayload: open,
    IdentifyLeadResult: open,
    Lead: open,
    DefineActivityTypePayload: open,
    ActivityType: open,
  },
  costs: {
    'Query.failedActivities': 10,
    'Mutation.recordActivities': 10,
    'Mutation.identifyLeads': 10,
    'Mutation.defineActivityType': 10,
    'Mutation.replayFailedActivities': 100,
  },
});
