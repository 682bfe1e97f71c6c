import type { LeadKey } from '../../../domain/lead.ts';
import { chunksOf } from '../../../lib/chunks.ts';
import { byText } from '../../activity-store/persons.ts';
import {
  changeVersioned,
  IS_THERE,
  readVersioned,
  type VersionedRows,
} from '../../activity-store/phoenix/documents/versioned.ts';
import { isIn, type Scope } from '../../activity-store/phoenix/scope.ts';
import type { ListMember } from '../port.ts';

export type Membership = {
  readonly listId: string;
  readonly leadKey: LeadKey;
  readonly addedAt: number;
};
type MembershipRow = { readonly LIST_ID: string; readonly LEAD: LeadKey; readonly BODY: string };

const MAX_LEADS = 100;
/** Rows of one read. */
const PAGE = 500;
/** Sorts before every key; Phoenix takes an empty text for null. */
const BEFORE_KEYS = '!';

/**
 * `MEMBERSHIPS` (lead, list) says who is a member. Its body is the time of being added. `LIST_MEMBERS` (list, lead) finds
 * them by list: its row is written first and stays, so it may name people who are no members any more.
 */
const membershipsIn = (listId: string): VersionedRows => ({
  table: 'MEMBERSHIPS',
  fixed: { LIST_ID: listId },
  key: 'LEAD',
});

/** @returns those that were no members before, in input order */
export async function addMembers(
  scope: Scope,
  listId: string,
  members: readonly ListMember[],
): Promise<LeadKey[]> {
  // Of one person the first counts.
  const wanted = new Map(members.toReversed().map(({ leadKey, addedAt }) => [leadKey, addedAt]));
  const added = new Set<LeadKey>();
  for (const leads of chunksOf([...wanted.keys()], PAGE)) {
    const rows = membershipsIn(listId);
    const before = await readVersioned(scope, rows, leads);
    const missing = leads.filter((lead) => (before.get(lead)?.body ?? null) === null);
    if (missing.length === 0) continue;
    await scope.upsert({
      into: 'LIST_MEMBERS',
      columns: ['LIST_ID', 'LEAD'],
      rows: missing.map((lead) => [listId, lead]),
    });
    const changes = missing.map((key) => ({
      key,
      before: before.get(key),
      body: JSON.stringify(wanted.get(key)),
    }));
    for (const lead of await changeVersioned(scope, rows, changes)) added.add(lead);
  }
  return inOrder(
    members.map(({ leadKey }) => leadKey),
    added,
  );
}

/** @returns those that were members before, in input order */
export async function removeMembers(
  scope: Scope,
  listId: string,
  leads: readonly LeadKey[],
): Promise<LeadKey[]> {
  const removed = new Set<LeadKey>();
  for (const chunk of chunksOf([...new Set(leads)], PAGE)) {
    const rows = membershipsIn(listId);
    const before = await readVersioned(scope, rows, chunk);
    const changes = [...before].flatMap(([key, row]) =>
      row.body === null ? [] : [{ key, before: row, body: null }],
    );
    for (const lead of await changeVersioned(scope, rows, changes)) removed.add(lead);
  }
  return inOrder(leads, removed);
}

/** Members by key, ascending, strictly after `after`. */
export async function readMembers(
  scope: Scope,
  listId: string,
  first: number,
  after: LeadKey | null,
): Promise<ListMember[]> {
  const members: ListMember[] = [];
  for (let last = after ?? BEFORE_KEYS; members.length < first; ) {
    const named = await leadsNamed(scope, listId, last);
    const rows = await readVersioned(scope, membershipsIn(listId), named);
    for (const leadKey of named) {
      const body = rows.get(leadKey)?.body ?? null;
      if (body !== null) members.push({ leadKey, addedAt: JSON.parse(body) as number });
    }
    if (named.length < PAGE) break;
    last = named.at(-1) ?? last;
  }
  return members.slice(0, first);
}

/** Where these leads are members, by list and lead. */
export async function membershipsOf(scope: Scope, leads: readonly LeadKey[]): Promise<Membership[]> {
  const found: Membership[] = [];
  for (const chunk of chunksOf([...new Set(leads)], MAX_LEADS))
    for (const { LIST_ID, LEAD, BODY } of await rowsOf(scope, chunk, IS_THERE))
      found.push({ listId: LIST_ID, leadKey: LEAD, addedAt: JSON.parse(BODY) as number });
  return found.sort((a, b) => byText(a.listId, b.listId) || byText(a.leadKey, b.leadKey));
}

/** Deletes every row that names these leads. */
export async function eraseMembers(scope: Scope, leads: readonly LeadKey[]): Promise<void> {
  for (const chunk of chunksOf([...new Set(leads)], MAX_LEADS)) {
    const rows = await rowsOf(scope, chunk);
    const keys = rows.map(({ LIST_ID, LEAD }) => [LIST_ID, LEAD]);
    await scope.remove('LIST_MEMBERS', 'LIST_ID = ? AND LEAD = ?', keys);
    await scope.remove('MEMBERSHIPS', 'LIST_ID = ? AND LEAD = ?', keys);
  }
}

/** Deletes all members of a list. */
export async function removeAll(scope: Scope, listId: string): Promise<void> {
  for (let last = BEFORE_KEYS; ; ) {
    const named = await leadsNamed(scope, listId, last);
    const keys = named.map((lead) => [listId, lead]);
    await scope.remove('MEMBERSHIPS', 'LIST_ID = ? AND LEAD = ?', keys);
    await scope.remove('LIST_MEMBERS', 'LIST_ID = ? AND LEAD = ?', keys);
    if (named.length < PAGE) return;
    last = named.at(-1) ?? last;
  }
}

async function leadsNamed(scope: Scope, listId: string, after: LeadKey): Promise<LeadKey[]> {
  const rows = await scope.select<{ readonly LEAD: LeadKey }>({
    from: 'LIST_MEMBERS',
    columns: 'LEAD',
    where: 'LIST_ID = ? AND LEAD > ?',
    values: [listId, after],
    orderBy: 'LEAD',
    limit: PAGE,
  });
  return rows.map(({ LEAD }) => LEAD);
}

/** More lists than a tenant has. */
const MAX_ROWS = 1_000_000;

const rowsOf = (scope: Scope, leads: readonly LeadKey[], condition?: string): Promise<MembershipRow[]> => {
  const { where, values } = isIn('LEAD', leads);
  return scope.select<MembershipRow>({
    from: 'MEMBERSHIPS',
    columns: 'LIST_ID, LEAD, BODY',
    where: condition ? `${where} AND ${condition}` : where,
    values,
    limit: MAX_ROWS,
  });
};

/** The keys among `leads` that were changed, each once. */
function inOrder(leads: readonly LeadKey[], changed: ReadonlySet<LeadKey>): LeadKey[] {
  const left = new Set(changed);
  return leads.filter((lead) => left.delete(lead));
}
