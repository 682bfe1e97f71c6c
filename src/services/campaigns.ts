import { privacyOf } from '../auth/privacy.ts';
import type { Viewer } from '../auth/viewer.ts';
import type { ActivityReads } from '../datasources/activity-store/port.ts';
import type { Campaign } from '../domain/activity.ts';
import { type CursorScope, decodeCursor, encodeCursor } from '../domain/cursor.ts';
import { type Optional, pageSize } from '../lib/bounds.ts';
import { badInput } from '../lib/errors.ts';
import type { Page } from './page.ts';

/** A campaign as its viewer may see it. */
export type ShownCampaign = Campaign & {
  /** `id` is for look-ups, as it is; this is the text of it that is shown. */
  readonly externalId: string;
};

/** Campaigns as a viewer may look for and see them. */
export type Campaigns = {
  /** In the order of the ids; null for each that the tenant doesn't have. */
  byIds(
    viewer: Viewer,
    ids: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly (ShownCampaign | null)[]>;
  /**
   * The id of the campaign that its senders call so, for `byIds`.
   * @throws DomainError `FORBIDDEN` at `externalId` for an e-mail address without the scope for it
   */
  idOf(viewer: Viewer, externalId: string): string;
  /** All, by id. @throws DomainError `BAD_USER_INPUT` at `first` or `after` */
  list(
    viewer: Viewer,
    question: { readonly first?: Optional<number>; readonly after?: Optional<string> },
    signal: AbortSignal,
  ): Promise<Page<ShownCampaign>>;
};

const MAX_PAGE = 200;
const DEFAULT_PAGE = 20;

export function createCampaigns(store: Pick<ActivityReads, 'campaigns' | 'listCampaigns'>): Campaigns {
  const shownTo = (viewer: Viewer) => {
    const { text } = privacyOf(viewer);
    return (campaign: Campaign): ShownCampaign => ({
      ...campaign,
      externalId: text(campaign.id),
      name: text(campaign.name),
    });
  };
  return {
    async byIds(viewer, ids, signal) {
      const found = await store.campaigns(viewer.tenant, ids, signal);
      const show = shownTo(viewer);
      return found.map((campaign) => campaign && show(campaign));
    },
    idOf: (viewer, externalId) => privacyOf(viewer).wanted(externalId, 'externalId'),
    async list(viewer, question, signal) {
      const { tenant } = viewer;
      const first = pageSize(question.first, MAX_PAGE, DEFAULT_PAGE);
      const scope: CursorScope = { tenantId: tenant.id, query: ['Query.campaigns'] };
      const after = question.after ? decodeCursor(scope, question.after)[0] : null;
      if (after !== null && typeof after !== 'string') throw badInput('This cursor is broken.', 'after');
      const found = await store.listCampaigns(tenant, first + 1, after, signal);
      return {
        items: found.slice(0, first).map(shownTo(viewer)),
        hasNextPage: found.length > first,
        cursorOf: ({ id }) => encodeCursor(scope, [id]),
      };
    },
  };
}
