import type { FailureCode } from '../../datasources/failed-activities/port.ts';
import type { Source } from '../../domain/activity.ts';
import type { ActivityId } from '../../domain/ids.ts';
import type { Json } from '../../domain/json.ts';
import type { LeadKey } from '../../domain/lead.ts';
import type { DomainError } from '../../lib/errors.ts';

/** An activity as a sender says it, decoded from its dialect but not yet judged. Times are epoch milliseconds. */
export type ActivityDraft = {
  readonly messageId: string;
  readonly externalId: string | null;
  readonly anonymousId: string | null;
  readonly type: string;
  readonly occurredAt: number;
  /**
   * The sender's own time where a corrected clock makes `occurredAt` depend on the arrival; null if the sender gave
   * none. A retry has the same value.
   */
  readonly saidAt?: number | null;
  readonly campaign: { readonly id: string; readonly name: string | null } | null;
  readonly assetId: string | null;
  readonly channel: string | null;
  readonly attributes: Json | undefined;
  readonly context: Json | undefined;
  /** IP address of the person's own device, where it is known without being in the context. It is never stored. */
  readonly address?: string;
  /** Faults of decoding that are no reason to reject the item. */
  readonly warnings?: readonly ItemError[];
};

/** A sender's facts about a person. */
export type LeadDraft = {
  readonly externalId: string | null;
  readonly anonymousId: string | null;
  /** Undefined where the sender does not mention it; null removes it. */
  readonly email: string | null | undefined;
  readonly traits: Json | undefined;
  /** Former ids of the same person, external or anonymous. */
  readonly aliases: readonly string[];
  readonly at: number;
  /** Faults of decoding that are no reason to reject the item. */
  readonly warnings?: readonly ItemError[];
};

/** The sender's permissions that matter to the door. Every `Viewer` fits. */
export type Sender = {
  /** A public key: every reader of a web page has it. So it may send and link anonymous ids, nothing else. */
  readonly isPublic: boolean;
  /** By which the budget of a single key is counted. */
  readonly subject: string;
};

/** The faults of an item that the door can find. */
export type ItemErrorCode = Exclude<FailureCode, 'STORE_REFUSED'>;

/**
 * Why an item was rejected, or why a part of an accepted item was changed. It has a stable code, a correction and a
 * path.
 */
export type ItemError = {
  readonly code: ItemErrorCode;
  readonly message: string;
  readonly path: string | null;
  /** Where a dialect tells faults of one code apart. It isn't kept. */
  readonly detail?: ItemErrorDetail;
};

/** `AMBIGUOUS_LEAD`: several leads share the number that the item is of. */
export type ItemErrorDetail = 'AMBIGUOUS_LEAD';

type Ok<T> = { readonly kind: 'ok'; readonly value: T };
type Fail = { readonly kind: 'fail'; readonly error: ItemError };

/** The result of a check of an item, or of a part of it. */
export type Checked<T> = Ok<T> | Fail;

/**
 * The result of a step. `ok`: continue with the value. `fail`: the item is rejected and kept with the reason. `drop`:
 * the installation does not want it; it is left out, and the verdict names that. `retry`: the sender must send the
 * whole call again later, which is harmless.
 */
export type Outcome<T> =
  | Checked<T>
  | { readonly kind: 'drop'; readonly reason: string }
  | { readonly kind: 'retry'; readonly error: DomainError };

export const ok = <T>(value: T): Ok<T> => ({ kind: 'ok', value });
export const reject = (
  code: ItemErrorCode,
  message: string,
  path: string | null = null,
  detail?: ItemErrorDetail,
): Fail => ({
  kind: 'fail',
  error: { code, message, path, ...(detail && { detail }) },
});

/**
 * How a dialect treats what its sender could not know. `strict`: a value of the wrong type or an attribute
 * the type does not declare is rejected. `lenient` (schemaless senders): values are converted where nothing
 * is lost, undeclared attributes are kept, and one bad attribute costs nothing but itself, with a warning.
 */
export type Policy = { readonly source: Source; readonly mode: 'strict' | 'lenient' };

/** One item of a sender's call, decoded from its dialect. */
export type Item =
  | { readonly kind: 'activity'; readonly draft: ActivityDraft }
  | { readonly kind: 'lead'; readonly draft: LeadDraft }
  /** An item that could not be decoded. */
  | { readonly kind: 'rejected'; readonly error: ItemError };

/** The verdict on an item; `id` is the activity's, or the key of the lead. Accepted means durable. */
export type Verdict =
  | {
      readonly status: 'accepted' | 'duplicate';
      readonly id: ActivityId | LeadKey;
      /** Values that were left out, or kept without being counted. */
      readonly warnings?: readonly ItemError[];
    }
  | { readonly status: 'rejected'; readonly error: ItemError }
  | { readonly status: 'dropped'; readonly reason: string };
