import type { ActivityWrites, WriteVerdict } from '../../datasources/activity-store/port.ts';
import type { PersonalData } from '../../datasources/personal-data.ts';
import type { Activity, Campaign, CustomType, LogRecord } from '../../domain/activity.ts';
import type { ActivityTypeDefinition } from '../../domain/activity-types.ts';
import type { Erasure } from '../../domain/erasure.ts';
import type { LeadUpdate } from '../../domain/lead.ts';
import type { Tenant } from '../../domain/tenant.ts';
import { DomainError } from '../../lib/errors.ts';

/** The result of one record in the store. */
export type Outcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'activity'; readonly verdict: WriteVerdict }
  | { readonly kind: 'type'; readonly type: ActivityTypeDefinition }
  | { readonly kind: 'refused'; readonly error: Error };

/** The writes of a store; erasures are in the logs of those alone that can erase. */
export type Writes = ActivityWrites & Partial<Pick<PersonalData, 'erase'>>;

/** An item with the index of its record in the batch. */
type Placed<T> = { readonly index: number; readonly item: T };

/** Records that go to the store in one call. */
export type Step =
  | { readonly kind: 'activity'; readonly items: Placed<Activity>[] }
  | { readonly kind: 'lead'; readonly items: Placed<LeadUpdate>[] }
  | { readonly kind: 'campaign'; readonly items: Placed<Campaign>[] }
  | { readonly kind: 'type'; readonly items: Placed<CustomType>[] }
  | { readonly kind: 'erasure'; readonly items: Placed<Erasure>[] };

/**
 * Records of one tenant as if written one after the other, in as few calls as possible.
 *
 * Activities and lead updates commute, so runs of the one pass over the other. Both keep their place against campaigns,
 * whose first name wins, and against types, which decide how an activity counts. An erasure keeps its place against all
 * records, because it removes those before it. Tombstones change nothing.
 */
export function planSteps(records: readonly LogRecord[]): Step[] {
  const steps: Step[] = [];
  let activities: Placed<Activity>[] | undefined;
  let leads: Placed<LeadUpdate>[] | undefined;
  for (const [index, record] of records.entries()) {
    const last = steps.at(-1);
    switch (record.kind) {
      case 'activity':
        if (!activities) {
          activities = [];
          steps.push({ kind: 'activity', items: activities });
        }
        activities.push({ index, item: record.activity });
        continue;
      case 'lead':
        if (!leads) {
          leads = [];
          steps.push({ kind: 'lead', items: leads });
        }
        leads.push({ index, item: record.update });
        continue;
      case 'campaign': {
        const { campaign: item } = record;
        // One statement can't say two things of one campaign.
        const fits = last?.kind === 'campaign' && !last.items.some((other) => other.item.id === item.id);
        if (fits) last.items.push({ index, item });
        else steps.push({ kind: 'campaign', items: [{ index, item }] });
        break;
      }
      case 'type':
        steps.push({ kind: 'type', items: [{ index, item: record.type }] });
        break;
      case 'erasure':
        steps.push({ kind: 'erasure', items: [{ index, item: record.erasure }] });
        break;
      case 'erased':
        continue;
    }
    activities = undefined;
    leads = undefined;
  }
  return steps;
}

/** The halves of a step; undefined where it has one record. */
export function halvesOf(step: Step): readonly [Step, Step] | undefined {
  if (step.items.length < 2) return undefined;
  const middle = step.items.length >>> 1;
  const half = (start: number, end?: number): Step =>
    ({ kind: step.kind, items: step.items.slice(start, end) }) as Step;
  return [half(0, middle), half(middle)];
}

/** Writes a step. @returns the outcomes of its records in order. @throws Error of the store */
export async function writeStep(
  store: Writes,
  tenant: Tenant,
  step: Step,
  signal: AbortSignal,
): Promise<readonly Outcome[]> {
  switch (step.kind) {
    case 'activity': {
      const activities = step.items.map(({ item }) => item);
      const verdicts = await store.write(tenant, activities, signal);
      return activities.map(({ id }, place) => ({
        kind: 'activity',
        verdict: verdicts[place] ?? { status: 'stored', id },
      }));
    }
    case 'lead': {
      const updates = step.items.map(({ item }) => item);
      await store.updateLeads(tenant, updates, signal);
      return updates.map(() => ({ kind: 'done' }));
    }
    case 'campaign': {
      const campaigns = step.items.map(({ item }) => item);
      await store.putCampaigns(tenant, campaigns, signal);
      return campaigns.map(() => ({ kind: 'done' }));
    }
    case 'type': {
      const defined: Outcome[] = [];
      for (const { item } of step.items)
        defined.push({ kind: 'type', type: await store.defineType(tenant, item, signal) });
      return defined;
    }
    case 'erasure':
      if (!store.erase) throw new DomainError('BAD_USER_INPUT', 'This store can not erase a person.');
      for (const { item } of step.items) await store.erase(tenant, item, signal);
      return step.items.map(() => ({ kind: 'done' }));
  }
}
