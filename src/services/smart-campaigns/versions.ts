import type { CampaignDefinition, CampaignVersion, SmartCampaign } from '../../domain/campaigns/model.ts';

/** Whether a campaign has a version that is in force, or will be. */
export const isActive = ({ versions }: Pick<SmartCampaign, 'versions'>): boolean =>
  versions.at(-1)?.validTo === null;

/** The versions with another at the end: it is in force from `at` on, epoch milliseconds, and ends the version before. */
export function withVersion(
  versions: readonly CampaignVersion[],
  definition: CampaignDefinition,
  at: number,
): CampaignVersion[] {
  const version = (versions.at(-1)?.version ?? 0) + 1;
  return [...ended(versions, at), { version, definition, validFrom: at, validTo: null }];
}

/**
 * The versions when none is in force from `at` on. A version that would have begun later is never in force; its
 * number stays taken.
 */
export const ended = (versions: readonly CampaignVersion[], at: number): CampaignVersion[] =>
  versions.map((one) => (one.validTo === null ? { ...one, validTo: Math.max(one.validFrom, at) } : one));
