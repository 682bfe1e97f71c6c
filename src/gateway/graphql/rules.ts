import type { SubgraphName } from '../../config/config.ts';
import type { Scope } from '../../domain/scopes.ts';
import { allow, authenticated, type RuleTree, scope } from './shield.ts';

const readActivities = scope('activities:read');
const readCampaigns = scope('activities:read', 'analytics:read');
const readTypes = scope('activities:read', 'activities:write');
const readFigures = scope('analytics:read');
const write = scope('activities:write');
const administer = scope('admin');

/** For types whose objects can only be reached through a field that was judged. */
const open = { '*': allow } as const;

/** Who may read and do what, by field. What isn't named here is denied. */
export const rules: Readonly<Record<SubgraphName, RuleTree>> = {
  activities: {
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
  search: {
    Query: { searchActivities: readActivities, searchLeads: readActivities },
    PageInfo: open,
    ActivitySearchConnection: open,
    ActivitySearchEdge: open,
    LeadSearchConnection: open,
    LeadSearchEdge: open,
    Highlight: open,
    SearchTotal: open,
    Facet: open,
    FacetValue: open,
    Activity: open,
    Campaign: open,
    Lead: open,
  },
  analytics: {
    Query: {
      campaign: readCampaigns,
      campaigns: readCampaigns,
      emailPerformance: readFigures,
      metrics: readFigures,
    },
    Campaign: { performance: readFigures, '*': allow },
    PageInfo: open,
    CampaignConnection: open,
    CampaignEdge: open,
    CampaignPerformance: open,
    CampaignPerformancePoint: open,
    EmailPerformanceReport: open,
    CampaignEmailPerformance: open,
    EmailPerformance: open,
    MetricsResult: open,
    MetricsRow: open,
    DimensionValue: open,
    MeasureValue: open,
    Money: open,
    Warning: open,
  },
  ingestion: {
    Query: { ingestionLimits: authenticated, failedActivities: readActivities },
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
};

/** Scopes of which one is needed to resolve a reference to an entity, as a router does. */
export const entityScopes: Readonly<Record<string, readonly Scope[]>> = {
  Lead: ['activities:read'],
  Activity: ['activities:read'],
  ActivityType: ['activities:read', 'activities:write'],
  Campaign: ['activities:read', 'analytics:read'],
};
