import type { Viewer } from '../../auth/viewer.ts';
import { marketoAssetId } from '../../domain/marketo-ids.ts';
import type { Automation } from '../../services/smart-campaigns/automation.ts';
import { type Asset, assetOf } from './asset.ts';
import { type AddRoute, numberOf } from './call.ts';
import { activated, type CampaignOptions, everyCampaign } from './campaigns.ts';
import { flag, integer, refuse, required, size, time } from './query.ts';
import { MarketoError } from './respond.ts';

const MAX_RETURN = 200;
const DEFAULT_RETURN = 20;
const URL = '/rest/asset/v1/smartCampaign';

/** Marketo's asset API about smart campaigns. It warns where it finds nothing, and fails no call for that. */
export function assetRoutes(add: AddRoute, { automation }: Pick<CampaignOptions, 'automation'>): void {
  add(`${URL}s.json`, {
    GET: [
      'activities:read',
      async ({ viewer, query, signal }) => {
        refuse(query, ['folder']);
        const isWanted = filterOf(query);
        const offset = query.has('offset') ? integer(query.get('offset') ?? '', 'offset') : 0;
        const most = size(query, 'maxReturn', MAX_RETURN, DEFAULT_RETURN);
        const all = (await everyCampaign(automation, viewer, signal)).map(assetOf).filter(isWanted);
        return assets(all.slice(offset, offset + most).map(({ asset }) => asset));
      },
    ],
  });
  add(`${URL}/byName.json`, {
    GET: [
      'activities:read',
      async ({ viewer, query, signal }) => {
        const name = required(query, 'name');
        const all = await everyCampaign(automation, viewer, signal);
        return assets(
          all
            .filter((campaign) => campaign.name === name)
            .map((one) => assetOf(one).asset)
            .slice(0, 1),
        );
      },
    ],
  });
  add(`${URL}/:id.json`, {
    GET: [
      'activities:read',
      async (call) => {
        const number = numberOf(call);
        const all = await everyCampaign(automation, call.viewer, call.signal);
        return assets(all.filter(({ id }) => marketoAssetId(id) === number).map((one) => assetOf(one).asset));
      },
    ],
  });
  const change = (path: string, to: (viewer: Viewer, id: string, signal: AbortSignal) => Promise<unknown>) =>
    add(`${URL}/:id/${path}.json`, {
      POST: [
        'campaigns:write',
        async (call) => {
          const { viewer, signal } = call;
          const id = await assetWith(automation, viewer, numberOf(call), signal);
          await to(viewer, id, signal);
          return assets([{ id: marketoAssetId(id) }]);
        },
      ],
    });
  change('activate', async (viewer, id, signal) =>
    activated(await automation.campaigns.activate(viewer, id, signal)),
  );
  change('deactivate', automation.campaigns.deactivate);
}

const assets = (result: readonly object[]) =>
  result.length > 0
    ? { errors: [], warnings: [], result }
    : { errors: [], warnings: ['No assets found for the given search criteria.'] };

async function assetWith(automation: Automation, viewer: Viewer, number: number, signal: AbortSignal) {
  const all = await everyCampaign(automation, viewer, signal);
  const found = all.find(({ id }) => marketoAssetId(id) === number);
  if (!found) throw new MarketoError('702', 'Smart Campaign not found');
  return found.id;
}

/** The campaigns that the parameters of a list leave. */
function filterOf(query: URLSearchParams): (one: Asset) => boolean {
  const isActive = flag(query, 'isActive');
  const status = query.get('status');
  const from = time(query, 'earliestUpdatedAt') ?? Number.NEGATIVE_INFINITY;
  const to = time(query, 'latestUpdatedAt') ?? Number.POSITIVE_INFINITY;
  return ({ asset, updatedAt }) =>
    // As in Marketo: true leaves active trigger campaigns, and false is as if it were left out.
    (!isActive || (asset.isActive && asset.type === 'trigger')) &&
    (status === null || asset.status === status) &&
    updatedAt >= from &&
    updatedAt <= to;
}
