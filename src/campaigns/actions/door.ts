import { DEPTH_KEY } from '../../domain/campaigns/decision.ts';
import { activityId, hashOfId, messageHash } from '../../domain/ids.ts';
import { bytesOf, type Json, type JsonObject } from '../../domain/json.ts';
import type { LeadIdentity, Person } from '../../domain/lead.ts';
import type { Collector } from '../../ingest/door/collector.ts';
import type { Item, Policy } from '../../ingest/draft/draft.ts';
import { DomainError } from '../../lib/errors.ts';
import type { StepContext } from './parts.ts';

/** How the door treats what campaigns send. */
export const CAMPAIGN_POLICY: Policy = { source: 'campaign', mode: 'strict' };

/** An activity that a step leaves in the person's timeline. */
type StepActivity = {
  readonly type: string;
  readonly attributes: JsonObject;
  readonly assetId?: string;
};

/** The way of campaigns into the product: the same door as every sender's. */
export type CampaignDoor = {
  /**
   * Writes what a step says: its activity, and traits of the person. The same step again changes nothing.
   * @param at epoch milliseconds
   * @throws DomainError `RATE_LIMITED` or `BACKEND_UNAVAILABLE`: repeat the step. `BAD_USER_INPUT` for a value that the
   * door refuses
   */
  write(
    context: StepContext,
    said: { readonly activity?: StepActivity; readonly traits?: JsonObject; readonly at: number },
  ): Promise<void>;
  /** Whether the timeline has the activity that this step wrote at a time, epoch milliseconds. */
  has(context: StepContext, at: number): Promise<boolean>;
};

const SENDER = { isPublic: false, subject: 'campaigns' } as const;

/** The message id of a step's activity. */
const messageIdOf = ({ run, path }: Pick<StepContext, 'run' | 'path'>): string =>
  `campaign:${run.id}:${path}`;

export const createCampaignDoor = (collector: Pick<Collector, 'collect'>): CampaignDoor => ({
  async write(context, { activity, traits, at }) {
    const { tenant, signal } = context;
    const { identity } = await senderOf(context);
    const items: Item[] = [];
    if (traits) items.push(leadItem(identity, traits, at));
    if (activity) items.push(activityItem(context, identity, activity, at));
    const batch = {
      policy: CAMPAIGN_POLICY,
      sender: SENDER,
      items,
      bytes: bytesOf(items as unknown as Json),
      // An item is plain JSON: decoding it again is reading it.
      originalOf: (index: number) => items[index] as unknown as Json,
    };
    // In conflict: an earlier attempt wrote the activity.
    for (const verdict of await collector.collect(tenant, batch, signal))
      if (verdict.status === 'rejected' && verdict.error.code !== 'CONFLICT')
        throw new DomainError('BAD_USER_INPUT', verdict.error.message, {
          ...(verdict.error.path !== null && { field: verdict.error.path }),
        });
  },
  async has(context, at) {
    const { parts, tenant, signal } = context;
    const { key } = await senderOf(context);
    const hash = messageHash(tenant.idSpace, messageIdOf(context));
    const id = activityId({ leadKey: key, occurredAt: at, hash });
    const [found] = await parts.store.activities(tenant, [id], signal);
    return found != null;
  },
});

/** The identity of the person that a run's activities are of: that of its decision, while it is there. */
async function senderOf(context: StepContext): Promise<Person['identities'][number]> {
  const { identities } = await context.person();
  const found = identities.find(({ key }) => key === context.run.leadKey) ?? identities[0];
  if (!found) throw new DomainError('NOT_FOUND', 'The person is not known any more.');
  return found;
}

const idsOf = (identity: LeadIdentity) => ({
  externalId: identity.kind === 'known' ? identity.externalId : null,
  anonymousId: identity.kind === 'anonymous' ? identity.anonymousId : null,
});

const leadItem = (identity: LeadIdentity, traits: JsonObject, at: number): Item => ({
  kind: 'lead',
  draft: { ...idsOf(identity), email: undefined, traits, aliases: [], at },
});

function activityItem(
  { run, campaign, path }: StepContext,
  identity: LeadIdentity,
  { type, attributes, assetId }: StepActivity,
  at: number,
): Item {
  return {
    kind: 'activity',
    draft: {
      ...idsOf(identity),
      messageId: messageIdOf({ run, path } as StepContext),
      type,
      occurredAt: at,
      // A repeated step says the same at another time.
      saidAt: null,
      campaign: { id: campaign.id, name: campaign.name },
      assetId: assetId ?? null,
      channel: null,
      attributes,
      context: {
        [DEPTH_KEY]: run.depth + 1,
        campaignRun: run.id,
        ...(run.activityId !== null && { cause: hashOfId(run.activityId) }),
      },
    },
  };
}
