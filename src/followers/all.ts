import { type CampaignFollowerOptions, campaignStarts } from './campaigns.ts';
import type { Follower } from './kafka-group/follower.ts';
import { type RepeatsOptions, repeats } from './repeats.ts';
import { searchIndex } from './search-indexer.ts';
import { type SettleOptions, settle } from './settle.ts';

/** The services that followers need from the rest of the program. */
export type FollowerServices = SettleOptions &
  RepeatsOptions &
  CampaignFollowerOptions &
  Parameters<typeof searchIndex>[0];

/** Every follower of the log on the cluster. (Druid's supervisors follow the unique log by themselves.) */
export const allFollowers = (services: FollowerServices): readonly Follower[] => [
  settle(services),
  repeats(services),
  searchIndex(services),
  campaignStarts(services),
];
