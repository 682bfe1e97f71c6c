import { momentOf, offsetAt, offsetsOf } from '../time/time-zones.ts';
import { type Decision, decisionId } from './decision.ts';
import type { CampaignDefinition, CampaignVersion, Schedule } from './model.ts';
import { orderOf } from './priority.ts';

const DAY_MS = 86_400_000;

/** In place of a lead's key: a run that starts the campaign for everybody who passes its filter. */
export const EVERYBODY = '';

/** A run of a batch campaign at one time of its schedule, epoch milliseconds. */
export function batchDecision(
  tenantId: string,
  campaignId: string,
  { version, definition }: Pick<CampaignVersion, 'version' | 'definition'>,
  at: number,
): Decision & { readonly order: number } {
  return {
    id: decisionId(tenantId, campaignId, `batch ${version} ${at}`),
    campaignId,
    version,
    leadKey: EVERYBODY,
    activityId: null,
    occurredAt: at,
    receivedAt: at,
    depth: 0,
    order: orderOf(definition, at),
  };
}

/**
 * The time after `now` at which a schedule comes again, at the same time of day by the zone's clocks. Null for a schedule
 * without repetition. Missed times are left out.
 */
export function nextTime(
  { at, everyDays }: Schedule,
  { timeZone }: Pick<CampaignDefinition, 'timeZone'>,
  now: number,
): number | null {
  if (everyDays === null) return null;
  const local = at + offsetAt(offsetsOf(timeZone, at, at), at);
  const missed = Math.max(0, Math.floor((now - at) / (everyDays * DAY_MS)) - 1);
  for (let turn = missed; ; turn += 1) {
    const day = local + turn * everyDays * DAY_MS;
    const next = momentOf(offsetsOf(timeZone, day, day), day);
    if (next > now) return next;
  }
}

/** When a version of a batch campaign runs first; null for a campaign without a schedule. A time that is over is now. */
export function firstTime({
  definition,
  validFrom,
}: Pick<CampaignVersion, 'definition' | 'validFrom'>): number | null {
  const { schedule } = definition;
  if (schedule === null) return null;
  return schedule.at > validFrom ? schedule.at : (nextTime(schedule, definition, validFrom) ?? validFrom);
}
