import type { Json } from '../../../src/domain/json.ts';
import type { ActivityDraft, LeadDraft } from '../../../src/ingest/draft/draft.ts';

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

/** What a sender says, and in which of the API's dialects. */
export type Item =
  | { readonly kind: 'activity'; readonly draft: ActivityDraft; readonly dialect: Dialect }
  | { readonly kind: 'lead'; readonly draft: LeadDraft; readonly dialect: Dialect }
  /** Not decodable or not acceptable: as it is sent. */
  | { readonly kind: 'bad'; readonly input: Json; readonly dialect: Dialect }
  /** All before has its answer before anything after is sent. */
  | { readonly kind: 'barrier' };
export type Dialect = 'graphql' | 'segment';

export const BARRIER: Item = { kind: 'barrier' };

/** The parts of a history that are made here: a tenant's own, of a size, ending at a time. */
export type Cast = {
  /** Begins the message ids, so that no two parts have the same. */
  readonly seed: number;
  /** About how many activities the tenant has. */
  readonly activities: number;
  /** End of the history, epoch milliseconds. */
  readonly endsAt: number;
};

const NOTHING: ActivityDraft = {
  messageId: '',
  externalId: null,
  anonymousId: null,
  type: 'Visit Webpage',
  occurredAt: 0,
  campaign: null,
  assetId: null,
  channel: null,
  attributes: {},
  context: {},
};

/** An activity through the dialect given, GraphQL unless said. */
export const activity = (
  said: Partial<ActivityDraft> & Pick<ActivityDraft, 'messageId' | 'occurredAt'>,
  dialect: Dialect = 'graphql',
): Item => ({ kind: 'activity', draft: { ...NOTHING, ...said }, dialect });

/** An identify call through the dialect given, GraphQL unless said. */
export const lead = (
  said: Partial<LeadDraft> & Pick<LeadDraft, 'at'>,
  dialect: Dialect = 'graphql',
): Item => ({
  kind: 'lead',
  draft: { externalId: null, anonymousId: null, email: undefined, traits: {}, aliases: [], ...said },
  dialect,
});
