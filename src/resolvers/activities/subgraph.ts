import { authenticated, open, scope } from '../../auth/rules.ts';
import { ACTIVITY } from '../../domain/activity.ts';
import { ACTIVITY_TYPE } from '../../domain/activity-types.ts';
import { LEAD } from '../../domain/lead.ts';
import { defineSubgraph } from '../subgraph.ts';
import { findLead, findType, resolvers } from './resolvers.ts';

const readActivities = scope('activities:read');
const readTypes = scope('activities:read', 'activities:write');

/** People and their activities, from the activity store. */
export const activities = defineSubgraph({
  name: 'activities',
  resolvers,
  rules: {
    Query: {
      viewer: authenticated,
      node: readActivities,
      nodes: readActivities,
      lead: readActivities,
      leads: readActivities,
      activity: readActivities,
      activities: readActivities,
      activityTypes: readTypes,
      activityType: readTypes,
    },
    Viewer: open,
    Tenant: open,
    PageInfo: open,
    Lead: open,
    ActivityConnection: open,
    ActivityEdge: open,
    Activity: open,
    Campaign: open,
    ActivityType: open,
    AttributeDefinition: open,
  },
  costs: { 'Lead.activities': 2 },
  entities: [
    { kind: LEAD, references: readActivities, load: findLead },
    {
      kind: ACTIVITY,
      references: readActivities,
      load: (id, { loaders }) => loaders.activities.load(id),
    },
    { kind: ACTIVITY_TYPE, references: readTypes, load: findType },
  ],
});
