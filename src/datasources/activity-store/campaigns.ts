import type { Activity, Campaign } from '../../domain/activity.ts';

/** Campaigns named by activities: the id replaces the name until a sender names it. */
export function campaignsOf(activities: readonly Activity[]): Campaign[] {
  return mergeCampaigns(
    activities.flatMap(({ campaign, occurredAt }) =>
      campaign ? [{ id: campaign.id, name: campaign.name ?? campaign.id, createdAt: occurredAt }] : [],
    ),
  );
}

/** One of each id, in the order they came first: the first name that is not the id, and the earliest time. */
export function mergeCampaigns(campaigns: readonly Campaign[]): Campaign[] {
  const merged = new Map<string, Campaign>();
  for (const { id, name, createdAt } of campaigns) {
    const known = merged.get(id);
    merged.set(id, {
      id,
      name: known && known.name !== known.id ? known.name : name,
      createdAt: Math.min(known?.createdAt ?? createdAt, createdAt),
    });
  }
  return [...merged.values()];
}
