import { privacyOf } from '../auth/privacy.ts';
import type { Viewer } from '../auth/viewer.ts';
import type { ActivityReads } from '../datasources/activity-store/port.ts';
import { type Lead, type LeadKey, leadKey } from '../domain/lead.ts';
import { findMarketoLeads } from '../ingest/dialects/marketo/leads.ts';

/** Leads as a viewer may look for and see them. */
export type People = {
  /**
   * Leads in the order of the keys, with personal data masked unless the viewer has `leads:pii`. Null for each lead that
   * the tenant doesn't have. A lead that is linked to another answers as that lead.
   */
  byKeys(viewer: Viewer, keys: readonly LeadKey[], signal: AbortSignal): Promise<readonly (Lead | null)[]>;
  /**
   * The keys of the leads with this identity: as a known lead, and as a device. The known lead comes first.
   * @throws DomainError `FORBIDDEN` at `externalId` for an e-mail address, unless the viewer has `leads:pii`
   */
  keysOf(viewer: Viewer, externalId: string): readonly [known: LeadKey, anonymous: LeadKey];
  /** The keys of the leads that Marketo knows by each number: one, none, or (as good as never) several. */
  keysByNumber(
    viewer: Viewer,
    numbers: readonly number[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<number, readonly LeadKey[]>>;
};

export const createPeople = (store: Pick<ActivityReads, 'leads' | 'persons' | 'leadKeys'>): People => ({
  async byKeys(viewer, keys, signal) {
    const privacy = privacyOf(viewer);
    const leads = await store.leads(viewer.tenant, keys, signal);
    return leads.map((lead) => lead && privacy.lead(lead));
  },
  keysOf(viewer, externalId) {
    const { idSpace } = viewer.tenant;
    // Whether somebody with this address is known here, and since when, is personal data too.
    privacyOf(viewer).wanted(externalId, 'externalId');
    return [
      leadKey(idSpace, { kind: 'known', externalId }),
      leadKey(idSpace, { kind: 'anonymous', anonymousId: externalId }),
    ];
  },
  async keysByNumber({ tenant }, numbers, signal) {
    const found = await findMarketoLeads(store, tenant, numbers, signal);
    return new Map([...found].map(([number, leads]) => [number, leads.map(({ key }) => key)]));
  },
});
