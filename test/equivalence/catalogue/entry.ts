import { CAMPAIGN, ACTIVITY as THE_ACTIVITY } from '../../../src/domain/activity.ts';
import { ACTIVITY_TYPE } from '../../../src/domain/activity-types.ts';
import { activityId, messageHash, toGlobalId } from '../../../src/domain/ids.ts';
import { leadKey, LEAD as THE_LEAD } from '../../../src/domain/lead.ts';
import type { Scope } from '../../../src/domain/scopes.ts';
import { createTenants } from '../../../src/domain/tenant.ts';
import { ID_SECRET, TENANTS, type TenantId } from '../history/history.ts';
import { DAY } from '../history/items.ts';

/** One question of the catalogue: asked of each profile, it must have the same answer. */
export type Entry = {
  /** Says what is asked; unique. */
  readonly name: string;
  readonly tenant: TenantId;
  /** Of the credential; all that read unless given. */
  readonly scopes: readonly Scope[];
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  /** Path of a connection in the answer: its pages are read to the end through the variable `after`. */
  readonly pages: readonly string[] | null;
  /** The right answer is nothing at all, or an error; of all others at least one object must be found. */
  readonly isEmpty: boolean;
};

const READER: readonly Scope[] = ['activities:read', 'leads:pii', 'analytics:read'];
/** May read everything but personal data. */
export const NO_PII: readonly Scope[] = ['activities:read', 'analytics:read'];

export const entry = (
  name: string,
  query: string,
  variables: Entry['variables'] = {},
  options: Partial<Pick<Entry, 'tenant' | 'scopes' | 'pages' | 'isEmpty'>> = {},
): Entry => ({
  name,
  query,
  variables,
  tenant: 'colossus',
  scopes: READER,
  pages: null,
  isEmpty: false,
  ...options,
});

/** Everything an activity says but when it arrived, which is another moment on every profile. */
export const ACTIVITY = `id messageId type { name number category } occurredAt
  campaign { id externalId name createdAt } assetId channel source isBot agentKind country device attributes context
  lead { id externalId email }`;
export const LEAD = 'id externalId email traits aliases firstSeenAt lastSeenAt';

type Who = { readonly externalId: string } | { readonly anonymousId: string };

const tenantOf = createTenants(ID_SECRET);
const spaceOf = (tenant: TenantId) => tenantOf(tenant).idSpace;

/** Names and moments of a history that ends at `endsAt`. */
export const namesOf = (endsAt: number) => {
  const keyOf = (tenant: TenantId, who: Who): string =>
    leadKey(spaceOf(tenant), 'externalId' in who ? { kind: 'known', ...who } : { kind: 'anonymous', ...who });
  return {
    /** So many days before the end, epoch milliseconds. */
    ago: (days: number): number => endsAt - days * DAY,
    /** The same as ISO 8601. */
    at: (days: number): string => new Date(endsAt - days * DAY).toISOString(),
    seedOf: (tenant: TenantId): number => TENANTS.find(({ id }) => id === tenant)?.seed ?? 0,
    leadId: (tenant: TenantId, who: Who): string => toGlobalId(THE_LEAD, keyOf(tenant, who)),
    activityId: (tenant: TenantId, who: Who, messageId: string, occurredAt: number): string =>
      toGlobalId(
        THE_ACTIVITY,
        activityId({
          leadKey: keyOf(tenant, who),
          occurredAt,
          hash: messageHash(spaceOf(tenant), messageId),
        }),
      ),
    campaignId: (id: string): string => toGlobalId(CAMPAIGN, id),
    typeId: (name: string): string => toGlobalId(ACTIVITY_TYPE, name),
  };
};
export type Names = ReturnType<typeof namesOf>;
