import type { Erasure } from '../../../domain/erasure.ts';
import { identityText, type LeadKey } from '../../../domain/lead.ts';
import { currentTraits } from '../../../domain/trait-merge.ts';
import type { ExportedBatch, PersonalRecord } from '../../personal-data.ts';
import { FACTS, type Facts, readFacts } from './facts.ts';
import { readToRoots, rootOf } from './groups.ts';
import { keyOfRow, markOf, wholeOf } from './keys.ts';
import { activityFrom, readRows } from './rows.ts';
import type { Scope } from './scope.ts';

/**
 * Deletes everything of a person: activities with the claims of their messages, facts of each identity, and its place in
 * the group. Safe to repeat: claims are deleted before the rows that lead to them.
 */
export async function eraseLeads(scope: Scope, { leads }: Erasure): Promise<void> {
  const roots = await readToRoots(scope, leads, 'links');
  for (const lead of leads) {
    for await (const rows of readRows(scope, wholeOf(lead))) {
      const keys = rows.map(({ ROW_KEY }) => ROW_KEY);
      await scope.remove(
        'CLAIMS',
        'HASH = ?',
        keys.map((key) => [keyOfRow(key).hash]),
      );
      await scope.remove(
        'ACTIVITIES',
        'ROW_KEY = ?',
        keys.map((key) => [key]),
      );
    }
  }
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
