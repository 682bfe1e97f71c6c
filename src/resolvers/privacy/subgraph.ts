import { open, scope } from '../../auth/rules.ts';
import { defineSubgraph } from '../subgraph.ts';
import { resolvers } from './resolvers.ts';

const administer = scope('admin');

/** Erasure and export of a person. */
export const privacy = defineSubgraph({
  name: 'privacy',
  resolvers,
  rules: {
    Query: { erasure: administer, exportLead: administer },
    Mutation: { eraseLead: administer },
    Erasure: open,
    ErasedStore: open,
    LeadExport: open,
    PersonalRecord: open,
  },
  costs: { 'Query.exportLead': 100, 'Mutation.eraseLead': 100, 'Query.erasure': 1 },
});
