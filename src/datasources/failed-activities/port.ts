import type { Activity, LogRecord, Source } from '../../domain/activity.ts';
import { digest16 } from '../../domain/digest.ts';
import { type ActivityId, hashOfId } from '../../domain/ids.ts';
import { isJsonObject, type Json } from '../../domain/json.ts';
import type { IdSpace, Tenant } from '../../domain/tenant.ts';
import type { ExportedBatch, PersonalRecord } from '../personal-data.ts';
import type { Mentioned } from './mentions.ts';

/** Why something is not among the activities. */
export type FailureCode =
  | 'UNKNOWN_TYPE'
  | 'UNKNOWN_ATTRIBUTE'
  | 'INVALID_VALUE'
  | 'MISSING_VALUE'
  | 'INVALID_TIME'
  | 'TOO_LARGE'
  /** The message id was used before, for another body. */
  | 'CONFLICT'
  /** A public key may not say this. */
  | 'FORBIDDEN'
  /** Of a dialect whose activities are of people that must be there. */
  | 'LEAD_NOT_FOUND'
  /** A step of the enrichment broke on this item: a fault of ours, to be replayed when it is mended. */
  | 'STEP_FAILED'
  /** Safe in the log, but the store refuses it. */
  | 'STORE_REFUSED';

/**
 * The kind of `body`: an activity or a person in its dialect, or a record of the log. A `publicActivity` came with a
 * public key, whose message ids are a space of their own.
 */
export type FailureKind = 'activity' | 'publicActivity' | 'lead' | 'record';

/** Something that failed, as it is put. */
export type Failure = {
  /** A pure function of the failed item (`failureId`), so that a retry is the same failure. */
  readonly id: string;
  /** Epoch milliseconds. */
  readonly failedAt: number;
  readonly source: Source;
  readonly kind: FailureKind;
  readonly code: FailureCode;
  readonly message: string;
  readonly path: string | null;
  /** The failed item as JSON; null when it has more than `MAX_BODY_BYTES`: then it can't be replayed. */
  readonly body: string | null;
};

export type FailedActivity = Failure & {
  /** When it got in after all, epoch milliseconds, and as which activity (null for a person). */
  readonly replayedAt: number | null;
  readonly activityId: ActivityId | null;
};

export type FailurePosition = { readonly failedAt: number; readonly id: string };

/** The latest first. Null: any. `from` is inclusive, `to` exclusive, epoch milliseconds. */
export type FailureRequest = {
  readonly codes: readonly FailureCode[] | null;
  readonly source: Source | null;
  /** Part of the message, whatever the case of its letters. */
  readonly reason: string | null;
  readonly from: number | null;
  readonly to: number | null;
  /** Those that got in after all, or those that did not. */
  readonly replayed: boolean;
  readonly first: number;
  readonly after: FailurePosition | null;
};

type FailurePage = { readonly failures: readonly FailedActivity[]; readonly hasNextPage: boolean };

/**
 * The failed-activities log: refused items with the reasons, until their retention is over. A page with `hasNextPage`
 * is never empty.
 */
export interface FailedActivities {
  /**
   * Durable when it resolves. A failure replaces an earlier failure of the same id, but keeps its first time. It counts
   * as not replayed.
   */
  put(tenant: Tenant, failures: readonly Failure[], signal: AbortSignal): Promise<void>;
  list(tenant: Tenant, request: FailureRequest, signal: AbortSignal): Promise<FailurePage>;
  /** In input order; null for each the tenant does not have. */
  get(
    tenant: Tenant,
    ids: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly (FailedActivity | null)[]>;
  /** Marks as replayed at `at`, each as its activity. Unknown ids are left out; the first mark stays. */
  settle(
    tenant: Tenant,
    settled: readonly { readonly id: string; readonly activityId: ActivityId | null }[],
    at: number,
    signal: AbortSignal,
  ): Promise<void>;
}

/** A failed-activities log that can forget a person. `mentionsOf` tells whose a failure is. */
export interface PersonalFailures {
  /**
   * Removes the failures that mention a person, for every later read. Safe to repeat.
   * @throws DomainError `BACKEND_UNAVAILABLE` or `TIMEOUT`: a part may be removed; repeat it
   */
  erase(tenant: Tenant, mentioned: Mentioned, signal: AbortSignal): Promise<void>;
  /** The failures that mention a person, in batches. @param after as in `PersonalData.export` */
  export(
    tenant: Tenant,
    mentioned: Mentioned,
    after: string,
    signal: AbortSignal,
  ): AsyncIterable<ExportedBatch>;
}

/** A failed activity as it is exported: with its body as it was sent. */
export const failureRecord = (failure: FailedActivity): PersonalRecord => ({
  kind: 'failedActivity',
  data: { ...failure, body: failure.body === null ? null : (JSON.parse(failure.body) as Json) },
});

export const MAX_BODY_BYTES = 32 * 1024;
const MAX_MESSAGE_LENGTH = 500;

/**
 * 22 characters of base64url: SHA-256 over the tenant's id space, source, kind and message id. So a retry with another
 * time of sending is the same failure. Without a message id it covers the whole body.
 */
const failureId = (
  idSpace: IdSpace,
  source: Source,
  kind: FailureKind,
  identity: readonly string[],
): string => digest16(JSON.stringify([idSpace, source, kind, ...identity]));

function messageIdOf(body: unknown): string | undefined {
  if (!isJsonObject(body)) return undefined;
  const { activity } = body;
  const messageId = body['messageId'] ?? (isJsonObject(activity) ? activity['messageId'] : undefined);
  return typeof messageId === 'string' ? messageId : undefined;
}

/** Something refused, in the form it is kept in: every store takes its texts, and its size is bounded. */
export function failureOf(
  idSpace: IdSpace,
  { source, kind, body, ...said }: Omit<Failure, 'id' | 'body'> & { readonly body: Json | LogRecord },
): Failure {
  // JSON.stringify escapes what is no well-formed Unicode.
  const text = textOf(body);
  const messageId = messageIdOf(body);
  const clean = (value: string): string =>
    value.replaceAll('\0', '').slice(0, MAX_MESSAGE_LENGTH).toWellFormed();
  return {
    ...said,
    source,
    kind,
    id: failureId(
      idSpace,
      source,
      kind,
      messageId === undefined ? ['body', text ?? said.message] : ['message', messageId],
    ),
    message: clean(said.message),
    path: said.path === null ? null : clean(said.path),
    body: text !== null && Buffer.byteLength(text) <= MAX_BODY_BYTES ? text : null,
  };
}

/** The error for a message id that was used before, for another body. */
export const CONFLICT = {
  code: 'CONFLICT',
  message: 'This messageId was used before, for something else. Send this under another messageId.',
  path: 'messageId',
} as const;

/** An activity whose message id was used before, for another body; each such body is kept. */
export function conflictOf(idSpace: IdSpace, activity: Activity, failedAt: number): Failure {
  const { source, id, contentDigest } = activity;
  const body: LogRecord = { kind: 'activity', activity };
  return {
    ...failureOf(idSpace, { ...CONFLICT, failedAt, source, kind: 'record', body }),
    // By what it says: a later body under the same message id must not take the place of this one.
    id: failureId(idSpace, source, 'record', ['conflict', hashOfId(id), contentDigest ?? '']),
  };
}

/** As JSON; null for what nests too deep to be written. */
function textOf(body: Json | LogRecord): string | null {
  try {
    return JSON.stringify(body);
  } catch {
    return null;
  }
}
