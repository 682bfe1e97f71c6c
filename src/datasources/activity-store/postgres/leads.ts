import { identityText, type LeadKey, type LeadUpdate, leadKey, type Person } from '../../../domain/lead.ts';
import type { Tenant } from '../../../domain/tenant.ts';
import { currentTraits, mergeTraits, type TimedValues, timedTraits } from '../../../domain/trait-merge.ts';
import { leadVector } from '../../activity-search/postgres/vector.ts';
import type { Queryable } from '../../db/db.ts';
import { type IdentityRow, linksIn, personOf, type Seen, seenIn, spansOf, timedEmail } from '../persons.ts';
import { linkLeads } from './links.ts';

type LeadRow = {
  readonly lead_key: string;
  readonly identity_kind: 'known' | 'anonymous';
  readonly identity: string;
  readonly email: string | null;
  readonly email_at: number | null;
  readonly traits: TimedValues;
  readonly first_seen_at: number;
  readonly last_seen_at: number;
};

const COLUMNS = 'lead_key, identity_kind, identity, email, email_at, traits, first_seen_at, last_seen_at';

/** The first and last time each identity was seen in a batch of activities; extends the leads' rows. */
export async function touchLeads(q: Queryable, tenantId: string, seen: readonly Seen[]): Promise<void> {
  const rows = spansOf(seen);
  await q.query(
    `INSERT INTO leads (tenant_id, lead_key, identity_kind, identity, first_seen_at, last_seen_at, search)
     SELECT $1, k, kind, identity, first, last, search::tsvector
     FROM unnest($2::text[], $3::text[], $4::text[], $5::int8[], $6::int8[], $7::text[]) AS t(k, kind, identity, first, last, search)
     ON CONFLICT (tenant_id, lead_key) DO UPDATE SET
       first_seen_at = least(leads.first_seen_at, excluded.first_seen_at),
       last_seen_at = greatest(leads.last_seen_at, excluded.last_seen_at)
     WHERE leads.first_seen_at > excluded.first_seen_at OR leads.last_seen_at < excluded.last_seen_at`,
    [
      tenantId,
      rows.map(([key]) => key),
      rows.map(([, { identity }]) => identity.kind),
      rows.map(([, { identity }]) => identityText(identity)),
      rows.map(([, { first }]) => first),
      rows.map(([, { last }]) => last),
      rows.map(([, { identity }]) =>
        leadVector({ identity: identityText(identity), email: null, traits: {} }),
      ),
    ],
  );
}

/** Applies identify calls to the leads' rows, and links. Runs in a transaction of the caller. */
export async function applyLeadUpdates(
  q: Queryable,
  tenant: Tenant,
  updates: readonly LeadUpdate[],
): Promise<void> {
  const seen = seenIn(tenant.idSpace, updates);
  const said = updates.filter(
    (update) => Object.keys(timedEmail(update)).length > 0 || Object.keys(update.traits).length > 0,
  );
  // In this order: what is said goes to rows that are there, and rows are locked before the links of the tenant.
  await Promise.all([
    seen.length > 0 && touchLeads(q, tenant.id, seen),
    said.length > 0 && mergeSaid(q, tenant, said),
    linkLeads(q, tenant, linksIn(tenant.idSpace, updates)),
  ]);
}

async function mergeSaid(
  q: Queryable,
  { id: tenantId, idSpace }: Tenant,
  updates: readonly LeadUpdate[],
): Promise<void> {
  const keys = [...new Set(updates.map(({ identity }) => leadKey(idSpace, identity)))].sort();
  const rows = await q.query<LeadRow>(
    `SELECT ${COLUMNS} FROM leads WHERE tenant_id = $1 AND lead_key = ANY($2) ORDER BY lead_key FOR UPDATE`,
    [tenantId, keys],
  );
  const leads = new Map(
    rows.map((row) => [row.lead_key, { identity: row.identity, email: emailOfRow(row), traits: row.traits }]),
  );
  for (const update of updates) {
    const lead = leads.get(leadKey(idSpace, update.identity));
    if (!lead) continue;
    lead.traits = mergeTraits(lead.traits, timedTraits(update.traits, update.at));
    lead.email = mergeTraits(lead.email, timedEmail(update));
  }
  const merged = [...leads].map(([key, { identity, email, traits }]) => ({
    key,
    identity,
    email: (email['email']?.v ?? null) as string | null,
    emailAt: email['email']?.t ?? null,
    traits,
  }));
  await q.query(
    `UPDATE leads SET email = t.email, email_at = t.email_at, traits = t.traits::jsonb, search = t.search::tsvector
     FROM unnest($2::text[], $3::text[], $4::int8[], $5::text[], $6::text[]) AS t(k, email, email_at, traits, search)
     WHERE leads.tenant_id = $1 AND leads.lead_key = t.k`,
    [
      tenantId,
      merged.map(({ key }) => key),
      merged.map(({ email }) => email),
      merged.map(({ emailAt }) => emailAt),
      merged.map(({ traits }) => JSON.stringify(traits)),
      merged.map(({ identity, email, traits }) =>
        leadVector({ identity, email, traits: currentTraits(traits) }),
      ),
    ],
  );
}

/** Persons by key, `null` where there is none; a linked lead answers as the lead it was linked to. */
export async function readPersons(
  q: Queryable,
  tenantId: string,
  keys: readonly LeadKey[],
): Promise<(Person | null)[]> {
  const links = await q.query<{ lead_key: string; canonical_key: string; identity: string }>(
    `SELECT l.lead_key, l.canonical_key, l.identity FROM lead_links l
     WHERE l.tenant_id = $1 AND (l.lead_key = ANY($2) OR l.canonical_key = ANY(
       SELECT unnest($2::text[]) UNION SELECT canonical_key FROM lead_links WHERE tenant_id = $1 AND lead_key = ANY($2)))`,
    [tenantId, keys],
  );
  const canonicalOf = new Map(links.map((link) => [link.lead_key, link.canonical_key]));
  const members = new Map<string, string[]>();
  const aliases = new Map<string, Set<string>>();
  for (const link of links) {
    members.set(link.canonical_key, [...(members.get(link.canonical_key) ?? []), link.lead_key].sort());
    aliases.set(link.canonical_key, (aliases.get(link.canonical_key) ?? new Set()).add(link.identity));
  }
  const wanted = [
    ...new Set(
      keys.flatMap((key) => {
        const canonical = canonicalOf.get(key) ?? key;
        return [canonical, ...(members.get(canonical) ?? [])];
      }),
    ),
  ];
  const byKey = new Map((await readIdentities(q, tenantId, wanted)).map((row) => [row.key, row]));
  return keys.map((key) => {
    const canonical = canonicalOf.get(key) ?? key;
    const group = [canonical, ...(members.get(canonical) ?? [])].flatMap((member) => byKey.get(member) ?? []);
    return personOf(canonical, group, aliases.get(canonical) ?? []);
  });
}

/** The rows of these identities alone, without the identities that are linked to them. */
export async function readIdentities(
  q: Queryable,
  tenantId: string,
  keys: readonly LeadKey[],
): Promise<IdentityRow[]> {
  const rows = await q.query<LeadRow>(
    `SELECT ${COLUMNS} FROM leads WHERE tenant_id = $1 AND lead_key = ANY($2) ORDER BY lead_key`,
    [tenantId, keys],
  );
  return rows.map(identityRow);
}

/** An address that was taken away has a time, too, so that it stays away. */
const emailOfRow = ({ email, email_at: at }: Pick<LeadRow, 'email' | 'email_at'>): TimedValues =>
  at === null ? {} : { email: { v: email, t: at } };

const identityRow = (row: LeadRow): IdentityRow => ({
  key: row.lead_key,
  identity:
    row.identity_kind === 'known'
      ? { kind: 'known', externalId: row.identity }
      : { kind: 'anonymous', anonymousId: row.identity },
  email: emailOfRow(row),
  traits: row.traits,
  firstSeenAt: row.first_seen_at,
  lastSeenAt: row.last_seen_at,
});
