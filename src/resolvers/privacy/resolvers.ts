import { requireViewer } from '../../auth/viewer.ts';
import { requireGlobalId } from '../../domain/ids.ts';
import { LEAD } from '../../domain/lead.ts';
import { scalars } from '../scalars.ts';
import type { MutationResolvers, PersonalRecordResolvers, QueryResolvers } from './generated.ts';

const Query: Pick<QueryResolvers, 'erasure' | 'exportLead'> = {
  erasure: (_, { id }, context) =>
    context.services.privacy.receipt(requireViewer(context), id, context.signal),
  exportLead: (_, { id, first, after }, context) =>
    context.services.privacy.exportLead(
      requireViewer(context),
      requireGlobalId(LEAD, id, 'id'),
      { first, after },
      context.signal,
    ),
};

const Mutation: Pick<MutationResolvers, 'eraseLead'> = {
  eraseLead: (_, { id }, context) =>
    context.services.privacy.eraseLead(
      requireViewer(context),
      requireGlobalId(LEAD, id, 'id'),
      context.signal,
    ),
};

const PersonalRecord: Pick<PersonalRecordResolvers, 'data'> = {
  data: ({ data }, _, { meter }) => {
    meter?.add(data);
    return data;
  },
};

export const resolvers = { ...scalars, Query, Mutation, PersonalRecord };
