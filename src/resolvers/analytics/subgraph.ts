import { open, scope } from '../../auth/rules.ts';
import { CAMPAIGN } from '../../domain/activity.ts';
import { defineSubgraph } from '../subgraph.ts';
import { resolvers } from './resolvers.ts';

const readCampaigns = scope('activities:read', 'analytics:read');
const readFigures = scope('analytics:read');

/** Campaigns and figures, from the semantic layer over the metrics store. */
export const analytics = defineSubgraph({
  name: 'analytics',
  resolvers,
  rules: {
    Query: {
      campaign: readCampaigns,
      campaigns: readCampaigns,
      emailPerformance: readFigures,
      metrics: readFigures,
    },
    Campaign: { performance: readFigures, '*': open },
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
  costs: { 'Query.metrics': 20, 'Query.emailPerformance': 10, 'Campaign.performance': 5 },
  entities: [
    { kind: CAMPAIGN, references: readCampaigns, load: (id, { loaders }) => loaders.campaigns.load(id) },
  ],
});
