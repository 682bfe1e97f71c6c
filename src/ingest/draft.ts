import type { Source } from '../domain/activity.ts';
import type { ActivityId } from '../domain/ids.ts';
import type { Json } from '../domain/json.ts';
import type { LeadKey } from '../domain/lead.ts';

/** An activity as a sender says it, decoded from its dialect but not yet judged. Times are epoch milliseconds. */
export type ActivityDraft = {
  readonly messageId: string;
  readonly externalId: string | null;
  readonly anonymousId: string | null;
  readonly type: string;
  readonly occurredAt: number;
  readonly campaign: { readonly id: string; readonly name: string | null } | null;
  readonly assetId: string | null;
  readonly channel: string | null;
  readonly attributes: Json | undefined;
  readonly context: Json | undefined;
};

/** What a sender says of a person. */
export type LeadDraft = {
  readonly externalId: string | null;
  readonly anonymousId: string | null;
  readonly email: string | null;
  readonly traits: Json | undefined;
  /** Former ids of the same person, external or anonymous. */
  readonly aliases: readonly string[];
  readonly at: number;
};

export type ItemErrorCode =
  | 'UNKNOWN_TYPE'
  | 'UNKNOWN_ATTRIBUTE'
  | 'INVALID_VALUE'
  | 'MISSING_VALUE'
  | 'INVALID_TIME'
  | 'TOO_LARGE';

/** Why one item of a batch was rejected: a stable code, what would be right, and where in the item. */
export type ItemError = {
  readonly code: ItemErrorCode;
  readonly message: string;
  readonly path: string | null;
};

/** The outcome of a step: go on with the value, or reject the item. */
export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: ItemError };

export const ok = <T>(value: T): Outcome<T> => ({ ok: true, value });
export const reject = (code: ItemErrorCode, message: string, path: string | null = null): Outcome<never> => ({
  ok: false,
  error: { code, message, path },
});

/**
 * How a dialect treats what its sender could not know. `strict`: a value of the wrong type or an attribute
 * the type does not declare is rejected. `lenient` (schemaless senders): values are converted where nothing
 * is lost, undeclared attributes are kept.
 */
export type Policy = { readonly source: Source; readonly mode: 'strict' | 'lenient' };

export type ActivityVerdict =
  | { readonly status: 'accepted' | 'duplicate'; readonly id: ActivityId }
  | { readonly status: 'rejected'; readonly error: ItemError };
export type LeadVerdict =
  | { readonly status: 'accepted'; readonly leadKey: LeadKey }
  | { readonly status: 'rejected'; readonly error: ItemError };
