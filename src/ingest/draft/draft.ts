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
   * Where `occurredAt` depends on when it arrived (a corrected clock): the time as its sender said it; null: it said none.
   * A retry says the same.
   */
  readonly saidAt?: number | null;
  readonly campaign: { readonly id: string; readonly name: string | null } | null;
  readonly assetId: string | null;
  readonly channel: string | null;
  readonly attributes: Json | undefined;
  readonly context: Json | undefined;
  /** IP address of the person's own device, where it is known without being in the context. It is never stored. */
  readonly address?: string;
  /** What was amiss with what was decoded, without being a reason to reject it. */
  readonly warnings?: readonly ItemError[];
};

/** What a sender says of a person. */
export type LeadDraft = {
  readonly externalId: string | null;
  readonly anonymousId: string | null;
  /** Undefined where nothing is said of it; null takes it away. */
  readonly email: string | null | undefined;
  readonly traits: Json | undefined;
  /** Former ids of the same person, external or anonymous. */
  readonly aliases: readonly string[];
  readonly at: number;
  /** What was amiss with what was decoded, without being a reason to reject it. */
  readonly warnings?: readonly ItemError[];
};

/** Who sends, as far as it decides what may be said. A `Viewer` is one. */
export type Sender = {
  /** A public key: whoever reads a web page has it, so it may send, and link anonymous ids, and nothing else. */
  readonly isPublic: boolean;
  /** By which the budget of a single key is counted. */
  readonly subject: string;
};

/** What the door finds wrong with an item. */
export type ItemErrorCode = Exclude<FailureCode, 'STORE_REFUSED'>;

/**
 * Why one item of a batch was rejected, or what of an accepted one was not taken as it was sent: a stable code, what
 * would be right, and where in the item.
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

/** What a check says of an item, or of a part of it. */
export type Checked<T> = Ok<T> | Fail;

/**
 * What a step makes of an item. `ok`: go on with the value. `fail`: the item is rejected, and kept with the reason.
 * `drop`: nobody wants it; it is left out, and its sender is told. `retry`: not now; the whole call is to be sent again,
 * which is harmless.
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

/** One thing that a sender said, decoded from its dialect. */
export type Item =
  | { readonly kind: 'activity'; readonly draft: ActivityDraft }
  | { readonly kind: 'lead'; readonly draft: LeadDraft }
  /** What could not be decoded. */
  | { readonly kind: 'rejected'; readonly error: ItemError };

/** What became of an item; `id` is the activity's, or the key of the lead. Accepted is durable. */
export type Verdict =
  | {
      readonly status: 'accepted' | 'duplicate';
      readonly id: ActivityId | LeadKey;
      /** What of it was left out, or kept without being counted. */
      readonly warnings?: readonly ItemError[];
    }
  | { readonly status: 'rejected'; readonly error: ItemError }
  | { readonly status: 'dropped'; readonly reason: string };
