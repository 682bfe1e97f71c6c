// The measure of comparison: a plain Apollo Server monolith with its defaults over the same data.
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import DataLoader from 'dataloader';
import { ACTIVITY, type Activity, CAMPAIGN, type Campaign } from '../src/domain/activity.ts';
import { parseGlobalId, toGlobalId } from '../src/domain/ids.ts';
import { LEAD, type Lead } from '../src/domain/lead.ts';
import { verifyTenant } from '../src/domain/tenant.ts';
import { WHOLE_TIMELINE } from '../test/support/activities.ts';
import { benchData, memoryStore } from './memory-store.ts';

const typeDefs = `#graphql
  type Query { activity(id: ID!): Activity lead(id: ID!): Lead searchActivities(first: Int): SearchConnection! }
  type SearchConnection { edges: [SearchEdge!]! }
  type SearchEdge { cursor: String! score: Float! node: Activity! }
  type PageInfo { hasNextPage: Boolean! endCursor: String }
  type ActivityConnection { nodes: [Activity!]! pageInfo: PageInfo! }
  type Lead { id: ID! email: String activities(first: Int): ActivityConnection! }
  type Activity { id: ID! messageId: String! occurredAt: String! channel: String! isBot: Boolean! campaign: Campaign }
  type Campaign { id: ID! name: String! }
`;

type Context = {
  activities: DataLoader<string, Activity | null>;
  leads: DataLoader<string, Lead | null>;
  campaigns: DataLoader<string, Campaign | null>;
};

const tenant = verifyTenant('bench');
const data = benchData(tenant.id);
const store = memoryStore(data);
const { signal } = new AbortController();
const local = (id: string): string => parseGlobalId(id)?.local ?? '';

const server = new ApolloServer<Context>({
  typeDefs,
  resolvers: {
    Query: {
      activity: (_parent, { id }: { id: string }, context) => context.activities.load(local(id)),
      lead: (_parent, { id }: { id: string }, context) => context.leads.load(local(id)),
      searchActivities: async (_parent, { first }: { first: number }, context) => ({
        edges: data.activities
          .slice(0, first)
          .map(({ id }, index) => ({ cursor: String(index), score: 1, node: context.activities.load(id) })),
      }),
    },
    Lead: {
      id: (lead: Lead) => toGlobalId(LEAD, lead.key),
      activities: async (lead: Lead, { first }: { first: number }) => {
        const [page] = await store.timelines(
          tenant,
          [{ ...WHOLE_TIMELINE, leadKey: lead.key, first }],
          signal,
        );
        return {
          nodes: page?.activities ?? [],
          pageInfo: { hasNextPage: page?.hasNextPage ?? false, endCursor: null },
        };
      },
    },
    Activity: {
      id: (activity: Activity) => toGlobalId(ACTIVITY, activity.id),
      occurredAt: (activity: Activity) => new Date(activity.occurredAt).toISOString(),
      campaign: (activity: Activity, _args: unknown, context: Context) =>
        activity.campaign ? context.campaigns.load(activity.campaign.id) : null,
    },
    Campaign: { id: (campaign: Campaign) => toGlobalId(CAMPAIGN, campaign.id) },
  },
});

const { url } = await startStandaloneServer(server, {
  listen: { host: '127.0.0.1', port: 0 },
  context: async () => ({
    activities: new DataLoader(async (ids: readonly string[]) => store.activities(tenant, ids, signal)),
    leads: new DataLoader(async (keys: readonly string[]) => store.leads(tenant, keys, signal)),
    campaigns: new DataLoader(async (ids: readonly string[]) => store.campaigns(tenant, ids, signal)),
  }),
});
console.log(url);
