import type { Activity } from '../domain/activity.ts';
import type { SmartCampaign } from '../domain/campaigns/model.ts';
import { toGlobalId } from '../domain/ids.ts';
import { LEAD, type Lead } from '../domain/lead.ts';
import { isoTime } from '../domain/time/iso-time.ts';

/** Where the tokens of a request stand among the notes of its run. */
export const TOKENS_NOTE = 'tokens';

/** The values of a campaign's templates: `lead`, `campaign`, `activity` and, of a request, its tokens as `my`. */
export const templateValues = (
  { id, name }: Pick<SmartCampaign, 'id' | 'name'>,
  lead: Lead,
  activity: Activity | null,
  tokens: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> => ({
  lead: { ...lead.traits, id: toGlobalId(LEAD, lead.key), externalId: lead.externalId, email: lead.email },
  campaign: { id, name },
  activity: activity && {
    ...activity.attributes,
    type: activity.type,
    occurredAt: isoTime(activity.occurredAt),
  },
  my: tokens,
});
