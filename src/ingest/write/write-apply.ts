import type { ActivityWrites, WriteVerdict } from '../../datasources/activity-store/port.ts';
import { DbError } from '../../datasources/db/db.ts';
import type { Activity, Campaign, CustomType, LogRecord } from '../../domain/activity.ts';
import type { ActivityTypeDefinition } from '../../domain/activity-types.ts';
import type { LeadUpdate } from '../../domain/lead.ts';
import type { Tenant } from '../../domain/tenant.ts';
import { DomainError } from '../../lib/errors.ts';

/** What became of one record in the store. Records without an outcome were not reached: see `failure`. */
export type Outcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'activity'; readonly verdict: WriteVerdict }
  | { readonly kind: 'type'; readonly type: ActivityTypeDefinition }
  | { readonly kind: 'refused'; readonly error: Error };

export type Applied = {
  readonly records: readonly LogRecord[];
  /** By index of the record. */
  readonly outcomes: ReadonlyMap<number, Outcome>;
  /** Why the store did not take the rest: it does not answer, or not now. Undefined: every record has an outcome. */
  readonly failure: Error | undefined;
};

type Placed<T> = { readonly index: number; readonly item: T };
type Step =
  | { readonly kind: 'activity'; readonly items: Placed<Activity>[] }
  | { readonly kind: 'lead'; readonly items: Placed<LeadUpdate>[] }
  | { readonly kind: 'campaign'; readonly items: Placed<Campaign>[] }
  | { readonly kind: 'type'; readonly items: Placed<CustomType>[] };

/**
 * Applies records of one tenant to the store as if one after the other, in as few calls as possible. Live writes,
 * repair and recovery all go through here, so that the log replayed gives the store that was written live.
 *
 * Activities and lead updates commute with one another, so runs of the one pass over the other; both must
 * keep their place against campaigns (the first name said wins) and types (they decide how an activity counts).
 *
 * A call that the store refuses for its content is split until the records that are to blame are alone.
 */
async function applyRecords(
  store: ActivityWrites,
  tenant: Tenant,
  records: readonly LogRecord[],
  signal: AbortSignal,
): Promise<Applied> {
  const outcomes = new Map<number, Outcome>();
  try {
    for (const step of planSteps(records)) await applyStep(store, tenant, step, outcomes, signal);
    return { records, outcomes, failure: undefined };
  } catch (failure) {
    return { records, outcomes, failure: failure as Error };
  }
}

function planSteps(records: readonly LogRecord[]): Step[] {
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
    }
    activities = undefined;
    leads = undefined;
  }
  return steps;
}

async function applyStep(
  store: ActivityWrites,
  tenant: Tenant,
  step: Step,
  outcomes: Map<number, Outcome>,
  signal: AbortSignal,
): Promise<void> {
  try {
    for (const [index, outcome] of await callStore(store, tenant, step, signal)) outcomes.set(index, outcome);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const [first] = step.items;
    if (step.items.length === 1 && first) {
      outcomes.set(first.index, { kind: 'refused', error: error as Error });
      return;
    }
    const middle = step.items.length >>> 1;
    for (const items of [step.items.slice(0, middle), step.items.slice(middle)])
      await applyStep(store, tenant, { kind: step.kind, items } as Step, outcomes, signal);
  }
}

async function callStore(
  store: ActivityWrites,
  tenant: Tenant,
  step: Step,
  signal: AbortSignal,
): Promise<(readonly [index: number, outcome: Outcome])[]> {
  switch (step.kind) {
    case 'activity': {
      const verdicts = await store.write(
        tenant,
        step.items.map(({ item }) => item),
        signal,
      );
      return step.items.map(({ index, item }, place) => [
        index,
        { kind: 'activity', verdict: verdicts[place] ?? { status: 'stored', id: item.id } },
      ]);
    }
    case 'lead':
      await store.updateLeads(
        tenant,
        step.items.map(({ item }) => item),
        signal,
      );
      return step.items.map(({ index }) => [index, { kind: 'done' }]);
    case 'campaign':
      await store.putCampaigns(
        tenant,
        step.items.map(({ item }) => item),
        signal,
      );
      return step.items.map(({ index }) => [index, { kind: 'done' }]);
    case 'type': {
      const defined: (readonly [number, Outcome])[] = [];
      for (const { index, item } of step.items)
        defined.push([index, { kind: 'type', type: await store.defineType(tenant, item, signal) }]);
      return defined;
    }
  }
}

/** Data exception, integrity violation, program limit exceeded (PostgreSQL, Appendix A). */
const CONTENT_STATES = /^(?:22|23|54)/;

/**
 * Whether an error is about the records themselves, so that trying again can't help. Everything else (no
 * answer, deadlock, a missing table, a full disk) may pass, and the records must not be set aside for it.
 */
function isRefusal(error: unknown): boolean {
  if (error instanceof DomainError) return error.code === 'BAD_USER_INPUT';
  if (error instanceof DbError) return error.sqlState === undefined || CONTENT_STATES.test(error.sqlState);
  return error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError;
}

/** What may be told of a refusal: our own words and the kind of the fault, never the store's message. */
export function refusalText(error: Error): string {
  if (error instanceof DomainError) return error.message;
  const state = error instanceof DbError && error.sqlState ? ` (SQLSTATE ${error.sqlState})` : '';
  return `The store can not keep this as it is${state}.`;
}

/** Ends a call that the store neither answers nor gives up; what it still does is harmless, every write is idempotent. */
export async function applyWithin(
  timeoutMs: number,
  store: ActivityWrites,
  tenant: Tenant,
  records: readonly LogRecord[],
): Promise<Applied> {
  const signal = AbortSignal.timeout(timeoutMs);
  return new Promise((resolve) => {
    const onTimeout = () =>
      resolve({
        records,
        outcomes: new Map(),
        failure: new DomainError('TIMEOUT', 'The store does not answer.'),
      });
    signal.addEventListener('abort', onTimeout, { once: true });
    void applyRecords(store, tenant, records, signal).then((applied) => {
      signal.removeEventListener('abort', onTimeout);
      resolve(applied);
    });
  });
}
