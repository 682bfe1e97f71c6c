import type { Erasure } from '../../../domain/erasure.ts';
import { identityText, type LeadKey } from '../../../domain/lead.ts';
import { currentTraits } from '../../../domain/trait-merge.ts';
import type { PersonalRecord } from '../../personal-data.ts';
import { FACTS, readFacts } from './facts.ts';
import { readToRoots, rootOf } from './groups.ts';
import { keyOfRow, markOf, wholeOf } from './keys.ts';
import { type ActivityRow, activityFrom } from './rows.ts';
import type { Scope } from './scope.ts';

/** Rows that are read together. */
const PAGE = 500;

/**
 * Deletes everything of a person: activities with the claims of their messages, facts of each identity, and its place in
 * the group. Safe to repeat: claims are deleted before the rows that lead to them.
 */
export async function eraseLeads(scope: Scope, { leads }: Erasure): Promise<void> {
  const roots = await readToRoots(scope, leads, 'links');
  for (const lead of leads) {
    for await (const rows of rowsOf(scope, lead, 'ROW_KEY')) {
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

/** Identities with their traits, links, and activities, the latest of each lead first. */
export async function* exportLeads(
  scope: Scope,
  leads: readonly LeadKey[],
): AsyncGenerator<PersonalRecord[]> {
  const facts = await readFacts(scope, leads);
  const known = [...facts].sort(([a], [b]) => (a < b ? -1 : 1));
  yield known.flatMap(([key, { seen, email, traits }]): PersonalRecord[] =>
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
      : [],
  );
  yield known.flatMap(([key, { link }]): PersonalRecord[] =>
    link ? [{ kind: 'link', data: { key, identity: link.text, linkedTo: link.target } }] : [],
  );
  for (const lead of leads)
    for await (const rows of rowsOf(scope, lead, 'ROW_KEY, BODY'))
      yield rows.map(activityFrom).map((activity) => ({ kind: 'activity', data: { ...activity } }));
}

/** The rows of one identity in the order of their keys, in batches. */
async function* rowsOf(scope: Scope, lead: LeadKey, columns: string): AsyncGenerator<ActivityRow[]> {
  let [above, below] = wholeOf(lead);
  for (;;) {
    const rows = await scope.select<ActivityRow>({
      from: 'ACTIVITIES',
      columns,
      where: 'ROW_KEY > ? AND ROW_KEY < ?',
      values: [above, below],
      orderBy: 'ROW_KEY',
      limit: PAGE,
    });
    const last = rows.at(-1);
    if (!last) return;
    yield rows;
    above = last.ROW_KEY;
  }
}
