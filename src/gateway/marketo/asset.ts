import type { JsonObject } from '../../domain/json.ts';
import { marketoAssetId } from '../../domain/marketo-ids.ts';
import type { ShownSmartCampaign } from '../../services/smart-campaigns/shown.ts';
import { secondOf } from './numbered.ts';

export type Asset = ReturnType<typeof assetOf>;

/** A request is one of Marketo's triggers. */
export const typeOf = ({
  hasTriggers,
  isRequestable,
}: Pick<ShownSmartCampaign, 'hasTriggers' | 'isRequestable'>): 'trigger' | 'batch' =>
  hasTriggers || isRequestable ? 'trigger' : 'batch';

/** A campaign as Marketo's asset API shows it. */
export function assetOf(campaign: ShownSmartCampaign) {
  const isActive = campaign.status === 'ACTIVE';
  const definition = isActive
    ? (campaign.versions.at(-1)?.definition() ?? campaign.draft())
    : campaign.draft();
  const schedule = definition['schedule'] as { at: string; everyDays: number | null } | null;
  const type = typeOf(campaign);
  return {
    updatedAt: campaign.updatedAt,
    asset: {
      id: marketoAssetId(campaign.id),
      name: campaign.name,
      description: campaign.description,
      createdAt: zoned(campaign.createdAt),
      updatedAt: zoned(campaign.updatedAt),
      status: statusOf(campaign, schedule),
      type,
      isSystem: false,
      isActive,
      isRequestable: campaign.isRequestable,
      isCommunicationLimitEnabled: definition['isOperational'] !== true,
      recurrence: {
        weekdayOnly: false,
        ...(schedule && { startAt: zoned(Date.parse(schedule.at)) }),
        ...(schedule?.everyDays && { intervalType: 'Daily', interval: schedule.everyDays }),
      },
      ...ruleOf(definition['qualification'] as JsonObject),
      workspace: 'Default',
    },
  };
}

/** How often a person may enter, in Marketo's words. */
function ruleOf({ kind, every }: JsonObject) {
  if (kind === 'ONCE') return { qualificationRuleType: 'once' };
  if (kind === 'EVERY_TIME') return { qualificationRuleType: 'any' };
  const { amount, unit } = every as { readonly amount: number; readonly unit: string };
  return {
    qualificationRuleType: 'interval',
    qualificationRuleInterval: amount,
    qualificationRuleUnit: unit.toLowerCase().replace(/s$/, ''),
  };
}

/** As Marketo's asset API writes it. */
const zoned = (ms: number): string => `${secondOf(ms)}+0000`;

function statusOf(
  campaign: ShownSmartCampaign,
  schedule: { readonly everyDays: number | null } | null,
): string {
  if (typeOf(campaign) === 'trigger') return campaign.status === 'ACTIVE' ? 'Active' : 'Inactive';
  if (campaign.status === 'DRAFT') return 'Never Run';
  if (campaign.status === 'INACTIVE') return 'Inactive';
  return schedule?.everyDays ? 'Recurring Run' : 'Single Run';
}
