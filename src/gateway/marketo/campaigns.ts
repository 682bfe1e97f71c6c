import type { Viewer } from '../../auth/viewer.ts';
import { marketoAssetId } from '../../domain/marketo-ids.ts';
import type { People } from '../../services/people.ts';
import type { Automation } from '../../services/smart-campaigns/automation.ts';
import type { CampaignOutcome } from '../../services/smart-campaigns/service.ts';
import type { ShownSmartCampaign } from '../../services/smart-campaigns/shown.ts';
import { typeOf } from './asset.ts';
import { type AddRoute, numberOf } from './call.ts';
import { everyOne, pageOf, secondOf, withNumber } from './numbered.ts';
import { flag, jsonOf, refuse } from './query.ts';
import { readRequest, readSchedule } from './requests.ts';
import { MarketoError } from './respond.ts';

export type CampaignOptions = {
  readonly automation: Automation;
  readonly people: Pick<People, 'keysByNumber'>;
  /** Clock of arrivals, epoch milliseconds. */
  readonly now: () => number;
};

const URL = '/rest/v1/campaigns';

/** Marketo's lead API about campaigns: lists them, requests them for leads, and schedules them. */
export function campaignRoutes(add: AddRoute, options: CampaignOptions): void {
  const { automation } = options;
  add(`${URL}.json`, {
    GET: [
      'activities:read',
      async ({ viewer, query, signal }) => {
        refuse(query, ['programName', 'workspaceName']);
        const isTriggerable = flag(query, 'isTriggerable');
        const all = await everyCampaign(automation, viewer, signal);
        const left = isTriggerable === null ? all : all.filter((one) => one.isRequestable === isTriggerable);
        const { items, more } = pageOf(viewer, `campaigns ${isTriggerable}`, left, query);
        return { result: items.map(campaignOf), ...more };
      },
    ],
  });
  add(`${URL}/:id.json`, {
    GET: [
      'activities:read',
      async (call) => {
        const all = await everyCampaign(automation, call.viewer, call.signal);
        return { result: [campaignOf(withNumber(all, numberOf(call)))] };
      },
    ],
  });
  add(`${URL}/:id/trigger.json`, {
    POST: [
      'campaigns:write',
      async (call) => {
        const { viewer, request, signal } = call;
        const number = numberOf(call);
        const { id } = withNumber(await everyCampaign(automation, viewer, signal), number);
        const body = await jsonOf(request);
        const asked = await readRequest(options, viewer, { id, body, headers: request.headers }, signal);
        await automation.runs.request(viewer, asked, signal);
        return { result: [{ id: number }] };
      },
    ],
  });
  add(`${URL}/:id/schedule.json`, {
    POST: [
      'campaigns:write',
      async (call) => {
        const { viewer, request, signal } = call;
        const number = numberOf(call);
        const { id } = withNumber(await everyCampaign(automation, viewer, signal), number);
        const at = readSchedule(await jsonOf(request), options.now());
        activated(await automation.campaigns.schedule(viewer, id, { at }, signal));
        return { result: [{ id: number }] };
      },
    ],
  });
}

export const everyCampaign = ({ campaigns }: Automation, viewer: Viewer, signal: AbortSignal) =>
  everyOne((question) => campaigns.list(viewer, question, signal));

/** @throws MarketoError with the first fault of a campaign that was not put in force */
export function activated({ faults: [fault] }: CampaignOutcome): void {
  if (fault) throw new MarketoError('709', `Business rule violation: ${fault.path}: ${fault.message}`);
}

const campaignOf = (campaign: ShownSmartCampaign) => ({
  id: marketoAssetId(campaign.id),
  name: campaign.name,
  description: campaign.description,
  type: typeOf(campaign),
  workspaceName: 'Default',
  createdAt: secondOf(campaign.createdAt),
  updatedAt: secondOf(campaign.updatedAt),
  active: campaign.status === 'ACTIVE',
});
