import type { Campaign } from '../../../domain/activity.ts';
import { chunksOf } from '../../../lib/chunks.ts';
import { mergeCampaigns } from '../campaigns.ts';
import { isIn, type Scope } from './scope.ts';

type CampaignRow = {
  readonly CAMPAIGN_ID: string;
  readonly NAME: string | null;
  readonly CREATED_AT: number;
};

const COLUMNS = 'CAMPAIGN_ID, NAME, CREATED_AT';
const MAX_KEYS = 1_000;

const campaignFrom = ({ CAMPAIGN_ID, NAME, CREATED_AT }: CampaignRow): Campaign => ({
  id: CAMPAIGN_ID,
  // Phoenix has no empty texts.
  name: NAME ?? '',
  createdAt: CREATED_AT,
});

/**
 * Keeps the first name and the earliest time. Both only ever change in one direction. So a row that would not change
 * now never will, and is left alone: most batches name known campaigns.
 */
export async function putCampaigns(scope: Scope, campaigns: readonly Campaign[]): Promise<void> {
  const merged = mergeCampaigns(campaigns);
  const known = await campaignsById(
    scope,
    merged.map(({ id }) => id),
  );
  const changes = merged.filter(({ id, name, createdAt }) => {
    const before = known.get(id);
    return !before || createdAt < before.createdAt || (before.name === id && name !== id);
  });
  if (changes.length === 0) return;
  await scope.upsert({
    into: 'CAMPAIGNS',
    columns: ['CAMPAIGN_ID', 'NAME', 'CREATED_AT'],
    rows: changes.map(({ id, name, createdAt }) => [id, name, createdAt, name, createdAt, createdAt]),
    onDuplicate:
      'UPDATE NAME = CASE WHEN NAME = CAMPAIGN_ID THEN ? ELSE NAME END,' +
      ' CREATED_AT = CASE WHEN CREATED_AT > ? THEN ? ELSE CREATED_AT END',
  });
}

/** The campaigns that are there, by id. */
export async function campaignsById(scope: Scope, ids: readonly string[]): Promise<Map<string, Campaign>> {
  const found = new Map<string, Campaign>();
  for (const chunk of chunksOf([...new Set(ids)], MAX_KEYS))
    for (const row of await scope.select<CampaignRow>({
      from: 'CAMPAIGNS',
      columns: COLUMNS,
      ...isIn('CAMPAIGN_ID', chunk),
      limit: chunk.length,
    }))
      found.set(row.CAMPAIGN_ID, campaignFrom(row));
  return found;
}

/** At most `first` campaigns by id, ascending, strictly after `after`. */
export async function campaignsAfter(scope: Scope, first: number, after: string | null): Promise<Campaign[]> {
  if (first <= 0) return [];
  const rows = await scope.select<CampaignRow>({
    from: 'CAMPAIGNS',
    columns: COLUMNS,
    // To Phoenix an empty text is NULL, and nothing is greater than that.
    ...(after !== null && after !== '' && { where: 'CAMPAIGN_ID > ?', values: [after] }),
    orderBy: 'CAMPAIGN_ID',
    limit: first,
  });
  return rows.map(campaignFrom);
}
