import type { ActivityTypeDefinition } from '../../domain/activity-types.ts';
import type { Json } from '../../domain/json.ts';
import type { Tenant } from '../../domain/tenant.ts';
import type { Batch } from '../../ingest/door/batch.ts';
import type { Collector } from '../../ingest/door/collector.ts';
import type { ActivityDraft, Item, LeadDraft, Policy } from '../../ingest/draft/draft.ts';
import { never } from '../../lib/abort.ts';
import { DomainError } from '../../lib/errors.ts';
import { backoff, type RetryPolicy, retry } from '../../lib/retry.ts';
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

const delayMs = backoff({ firstMs: 200, maxMs: MAX_PAUSE_MS });

/** A delivery is retried if that can help, for as long as it takes while a budget is spent. */
export const DELIVERY: RetryPolicy = {
  delayMs: (attempt, error) =>
    error instanceof DomainError && error.retryAfterMs !== undefined
      ? Math.min(error.retryAfterMs, MAX_PAUSE_MS)
      : delayMs(attempt),
  isRetryable: (error, attempt) =>
    error instanceof DomainError && error.retryable && (error.code === 'RATE_LIMITED' || attempt < ATTEMPTS),
};

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
    return retry(() => collector.collect(tenant, batch, never()), DELIVERY);
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
