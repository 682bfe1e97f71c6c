import type { ActivityTypeDefinition } from '../../domain/activity-types.ts';
import type { Json } from '../../domain/json.ts';
import type { Tenant } from '../../domain/tenant.ts';
import type { Batch, Collector } from '../../ingest/door/collector.ts';
import type { ActivityDraft, Item, LeadDraft, Policy } from '../../ingest/draft/draft.ts';
import { DomainError } from '../../lib/errors.ts';
import type { Send } from './deliver.ts';

export const IMPORT: Policy = { source: 'import', mode: 'strict' };

/** Where rows go. */
export type Destination = {
  /** The types that the tenant has, as far as the credential may know them. */
  readonly types: readonly ActivityTypeDefinition[];
  readonly send: Send;
};

const ATTEMPTS = 10;
const MAX_PAUSE_MS = 15_000;

/** Waits before the next attempt, as long as the answer says or twice as long as the time before. */
export const pause = (attempt: number, retryAfterMs = 100 * 2 ** attempt): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, Math.min(retryAfterMs, MAX_PAUSE_MS)));

/** Whether a call that failed so is tried again: for as long as it takes while a budget is spent. */
export const isTriedAgain = (code: string | undefined, attempt: number): boolean =>
  code === 'RATE_LIMITED' || attempt < ATTEMPTS;

/** Sends straight to the door of this process, at the pace that the tenant's budget allows. */
export const sendTo =
  (collector: Collector, tenant: Tenant): Send =>
  async (items) => {
    const batch: Batch = {
      policy: IMPORT,
      sender: { isPublic: false, subject: 'import' },
      items,
      bytes: Buffer.byteLength(JSON.stringify(items)),
      originalOf: (index) => originalOf(items[index]),
    };
    for (let attempt = 1; ; attempt += 1)
      try {
        return await collector.collect(tenant, batch, new AbortController().signal);
      } catch (error) {
        if (!(error instanceof DomainError && error.retryable && isTriedAgain(error.code, attempt)))
          throw error;
        await pause(attempt, error.retryAfterMs);
      }
  };

const originalOf = (item: Item | undefined): Json =>
  item && 'draft' in item ? (item.draft as unknown as Json) : null;

/** The stored original of a row, decoded as an item. @param kind `lead`, or an activity */
export function decodeImported(original: Json, kind: string): Item {
  const kept = original as unknown as { readonly occurredAt: number | null; readonly at: number | null };
  // JSON has no NaN, which stands for what is no time.
  return kind === 'lead'
    ? { kind, draft: { ...(kept as unknown as LeadDraft), at: kept.at ?? Number.NaN } }
    : {
        kind: 'activity',
        draft: { ...(kept as unknown as ActivityDraft), occurredAt: kept.occurredAt ?? Number.NaN },
      };
}
