import { privacyOf } from '../../auth/privacy.ts';
import type { Viewer } from '../../auth/viewer.ts';
import type { LeadList, SmartCampaign } from '../../domain/campaigns/model.ts';
import { versionAt } from '../../domain/campaigns/model.ts';
import type { JsonObject } from '../../domain/json.ts';
import { showDefinition, showFilter } from './reading/show-definition.ts';
import { isActive } from './versions.ts';

type CampaignStatus = 'DRAFT' | 'ACTIVE' | 'INACTIVE';

/** A campaign as its viewer may see it. Definitions are made when they are asked for. */
export type ShownSmartCampaign = Pick<SmartCampaign, 'id' | 'name' | 'description' | 'revision'> & {
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly status: CampaignStatus;
  readonly isRequestable: boolean;
  readonly hasTriggers: boolean;
  draft(): JsonObject;
  readonly versions: readonly ShownVersion[];
};
export type ShownVersion = {
  readonly version: number;
  readonly validFrom: number;
  readonly validTo: number | null;
  definition(): JsonObject;
};

export function showCampaign(viewer: Viewer, campaign: SmartCampaign, now: number): ShownSmartCampaign {
  const { text } = privacyOf(viewer);
  const { versions, draft } = campaign;
  const { isRequestable, triggers } = versionAt(campaign, now)?.definition ?? draft;
  return {
    id: campaign.id,
    name: text(campaign.name),
    description: text(campaign.description),
    revision: campaign.revision,
    createdAt: campaign.createdAt,
    updatedAt: campaign.updatedAt,
    status: versions.length === 0 ? 'DRAFT' : isActive(campaign) ? 'ACTIVE' : 'INACTIVE',
    isRequestable,
    hasTriggers: triggers.length > 0,
    draft: () => showDefinition(viewer, draft),
    versions: versions.map(({ version, validFrom, validTo, definition }) => ({
      version,
      validFrom,
      validTo,
      definition: () => showDefinition(viewer, definition),
    })),
  };
}

/** A list as its viewer may see it. */
export type ShownList = Omit<LeadList, 'filter'> & {
  readonly isSmart: boolean;
  /** Null of a static list. */
  filter(): JsonObject | null;
};

export const showList = (viewer: Viewer, { filter, ...list }: LeadList): ShownList => ({
  ...list,
  name: privacyOf(viewer).text(list.name),
  isSmart: filter !== null,
  filter: () => filter && showFilter(viewer, filter),
});
