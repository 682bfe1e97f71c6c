import { hasPlace } from '../../../domain/campaigns/send-place.ts';
import type { JsonObject } from '../../../domain/json.ts';
import type { LeadKey } from '../../../domain/lead.ts';
import {
  readVersioned,
  updateVersioned,
  type VersionedRows,
} from '../../activity-store/phoenix/documents/versioned.ts';
import type { Scope } from '../../activity-store/phoenix/scope.ts';
import type { Run, SendLimit } from '../port.ts';

/** An entry of a person into a campaign. */
export type Entry = { readonly receivedAt: number; readonly runId: string };
/** A message to a person. */
export type Sent = { readonly messageId: string; readonly at: number };

const entriesOf = (personKey: LeadKey): VersionedRows => ({
  table: 'CAMPAIGN_ENTRIES',
  fixed: { PERSON: personKey },
  key: 'CAMPAIGN',
});
export const SENDS: VersionedRows = { table: 'CAMPAIGN_SENDS', key: 'PERSON' };
const notesOf = (runId: string): VersionedRows => ({
  table: 'RUN_NOTES',
  fixed: { RUN_ID: runId },
  key: 'PATH',
});

export const listFrom = <T>(body: string | null | undefined): readonly T[] =>
  body === null || body === undefined ? [] : (JSON.parse(body) as T[]);

/** Lets a person enter, unless another entry is less than `spanMs` away. All entries that matter are one row. */
export async function enterCampaign(
  scope: Scope,
  {
    id: runId,
    campaignId,
    personKey,
    receivedAt,
  }: Pick<Run, 'id' | 'campaignId' | 'personKey' | 'receivedAt'>,
  spanMs: number,
): Promise<boolean> {
  const isOwn = (entry: Entry): boolean => entry.runId === runId && entry.receivedAt === receivedAt;
  const isNear = (entry: Entry): boolean =>
    entry.runId !== runId &&
    (!Number.isSafeInteger(spanMs) || Math.abs(entry.receivedAt - receivedAt) < spanMs);
  const body = await updateVersioned(scope, entriesOf(personKey), campaignId, (before) => {
    const entries = listFrom<Entry>(before);
    if (entries.some(isOwn) || entries.some(isNear)) return undefined;
    return JSON.stringify([...entries, { receivedAt, runId }] satisfies Entry[]);
  });
  return listFrom<Entry>(body).some(isOwn);
}

/** `receivedAt` of the person's latest entry; null for none. */
export async function readLastEntry(
  scope: Scope,
  campaignId: string,
  personKey: LeadKey,
): Promise<number | null> {
  const row = (await readVersioned(scope, entriesOf(personKey), [campaignId])).get(campaignId);
  return listFrom<Entry>(row?.body).reduce<number | null>(
    (last, { receivedAt }) => Math.max(last ?? receivedAt, receivedAt),
    null,
  );
}

/** Takes a place among the person's messages, once for a message. All messages of a person are one row. */
export async function takePlace(
  scope: Scope,
  personKey: LeadKey,
  messageId: string,
  at: number,
  limits: readonly SendLimit[],
): Promise<boolean> {
  const isOwn = (sent: Sent): boolean => sent.messageId === messageId;
  const body = await updateVersioned(scope, SENDS, personKey, (before) => {
    const sent = listFrom<Sent>(before);
    if (sent.some(isOwn)) return undefined;
    const times = sent.map((one) => one.at);
    return hasPlace(times, at, limits)
      ? JSON.stringify([...sent, { messageId, at }] satisfies Sent[])
      : undefined;
  });
  return listFrom<Sent>(body).some(isOwn);
}

/** Keeps a note unless there is one. @returns the note that stands */
export async function keepNote(
  scope: Scope,
  runId: string,
  path: string,
  note: JsonObject,
): Promise<JsonObject> {
  const body = await updateVersioned(scope, notesOf(runId), path, (before) =>
    before === null ? JSON.stringify(note) : undefined,
  );
  return JSON.parse(body ?? '{}') as JsonObject;
}
