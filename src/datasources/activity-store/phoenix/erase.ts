import type { ActivitySummary } from '../../../domain/activity.ts';
import type { Erasure } from '../../../domain/erasure.ts';
import { hashOfId, parseActivityId } from '../../../domain/ids.ts';
import { identityText, type LeadKey } from '../../../domain/lead.ts';
import { currentTraits } from '../../../domain/trait-merge.ts';
import { isBefore, type LogPositions } from '../../activity-log/port.ts';
import type { ExportedBatch, PersonalRecord } from '../../personal-data.ts';
import { readClaims } from './claims.ts';
import { readLines } from './erased.ts';
import { FACTS, type Facts, readFacts } from './facts.ts';
import { readToRoots, rootOf } from './groups.ts';
import { markOf, rowKey, wholeOf } from './keys.ts';
import { activityFrom, readRows, summaryFrom } from './rows.ts';
import type { Scope } from './scope.ts';

/** How far the clocks of two processes may differ, in milliseconds, twice over. */
const CLOCKS_MS = 5_000;

/**
 * Deletes everything of a person: activities with the claims of their messages, facts of each identity, and its place in
 * the group. Activities that the log has behind the lines of `ERASED_LEADS` stay; without lines all go. The facts go in
 * any case: what the log has behind the lines must be applied again. Safe to repeat.
 */
export async function eraseLeads(scope: Scope, erasure: Erasure): Promise<void> {
  const { leads } = erasure;
  const [roots, lines] = await Promise.all([readToRoots(scope, leads, 'links'), readLines(scope, leads)]);
  for (const lead of leads)
    for await (const rows of readRows(scope, wholeOf(lead)))
      await eraseRows(scope, rows.map(summaryFrom), erasure, lines.get(lead));
  await scope.remove(
    'ACTIVITIES',
    'ROW_KEY = ?',
    leads.map((lead) => [markOf(lead)]),
  );
  await scope.remove(
    'LEADS',
    'LEAD = ? AND FACT = ?',
    leads.map((lead) => [rootOf(roots, lead), FACTS.member + lead]),
  );
  await scope.remove(
    'LEADS',
    'LEAD = ?',
    leads.map((lead) => [lead]),
  );
}

/**
 * Deletes activities of a lead. Claims go before the rows that lead to them. A claim tells where its activity stands in
 * the log. Others have the time of arrival: if one is of after the lines, the log brings it again.
 */
async function eraseRows(
  scope: Scope,
  activities: readonly ActivitySummary[],
  { at }: Erasure,
  lines: LogPositions | undefined,
): Promise<void> {
  const firsts = await readClaims(
    scope,
    activities.map(({ id }) => hashOfId(id)),
  );
  const isErased = ({ id, receivedAt }: ActivitySummary): boolean => {
    if (!lines) return true;
    const first = firsts.get(hashOfId(id));
    return first?.id === id ? isBefore(first.position, lines) : receivedAt <= at + CLOCKS_MS;
  };
  const gone = activities.filter(isErased);
  await scope.remove(
    'CLAIMS',
    'HASH = ?',
    gone.flatMap(({ id }) => (firsts.get(hashOfId(id))?.id === id ? [[hashOfId(id)]] : [])),
  );
  await scope.remove(
    'ACTIVITIES',
    'ROW_KEY = ?',
    gone.flatMap(({ id }) => {
      const key = parseActivityId(id);
      return key ? [[rowKey(key)]] : [];
    }),
  );
}

/** The parts of an export, in their order: the first letters of its places. */
const PARTS = { identities: 'a', links: 'b', activities: 'c' } as const;

/** Identities with their traits, links, and activities, the latest of each lead first. See `PersonalData.export`. */
export async function* exportLeads(
  scope: Scope,
  leads: readonly LeadKey[],
  after: string,
): AsyncGenerator<ExportedBatch> {
  if (after < PARTS.links) {
    const facts = [...(await readFacts(scope, leads))].sort(([a], [b]) => (a < b ? -1 : 1));
    if (after < PARTS.identities)
      yield { records: facts.flatMap(([key, own]) => identityRecord(key, own)), next: PARTS.identities };
    const links = facts.flatMap(([key, { link }]): PersonalRecord[] =>
      link ? [{ kind: 'link', data: { key, identity: link.text, linkedTo: link.target } }] : [],
    );
    yield { records: links, next: PARTS.links };
  }
  const passed = after.slice(1);
  for (const lead of leads.toSorted()) {
    const [above, below] = wholeOf(lead);
    if (passed >= below) continue;
    const start = [above, passed].sort().at(-1) ?? above;
    for await (const rows of readRows(scope, [start, below])) {
      const records = rows.map(activityFrom).map((activity) => ({ kind: 'activity', data: { ...activity } }));
      yield { records, next: `${PARTS.activities}${rows.at(-1)?.ROW_KEY ?? above}` };
    }
  }
}

const identityRecord = (key: LeadKey, { seen, email, traits }: Facts): PersonalRecord[] =>
  seen
    ? [
        {
          kind: 'identity',
          data: {
            key,
            [seen.identity.kind]: identityText(seen.identity),
            email: email['email']?.v ?? null,
            traits: currentTraits(traits),
            firstSeenAt: seen.first,
            lastSeenAt: seen.last,
          },
        },
      ]
    : [];
