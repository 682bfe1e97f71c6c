import { identityText, type LeadIdentity, type LeadKey, leadKey } from '../../../domain/lead.ts';
import type { Tenant } from '../../../domain/tenant.ts';
import type { Queryable } from '../../db/db.ts';
import { byText, type LeadLink } from '../persons.ts';

/** Until the transaction ends, no other changes the links of the tenant. */
export const lockLinks = (q: Queryable, tenantId: string): Promise<unknown> =>
  q.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`links of ${tenantId}`]);

/**
 * Links identities, in this order. The first link of an identity wins. Links always point at the final lead, so a
 * look-up follows a single step. Runs in a transaction of the caller.
 */
export async function linkLeads(
  q: Queryable,
  { id: tenantId, idSpace }: Tenant,
  links: readonly LeadLink[],
): Promise<void> {
  if (links.length === 0) return;
  const keyed = links.map(({ identity, target }) => ({ identity, target, key: leadKey(idSpace, identity) }));
  // One after the other for a tenant: of two who link at once neither would see what the other has made final.
  const [, rows] = await Promise.all([
    lockLinks(q, tenantId),
    q.query<{ lead_key: LeadKey; canonical_key: LeadKey }>(
      'SELECT lead_key, canonical_key FROM lead_links WHERE tenant_id = $1 AND lead_key = ANY($2)',
      [tenantId, [...new Set(keyed.flatMap(({ key, target }) => [key, target]))]],
    ),
  ]);
  const finalOf = new Map(rows.map((row) => [row.lead_key, row.canonical_key]));
  const finals = new Set(finalOf.values());
  const added = new Map<LeadKey, LeadIdentity>();
  /** By each final lead that is linked to another lead now: that lead. */
  const moved = new Map<LeadKey, LeadKey>();
  for (const { identity, target, key } of keyed) {
    const final = finalOf.get(target) ?? target;
    if (finalOf.has(key) || key === final) continue;
    if (finals.has(key))
      for (const known of [finalOf, moved])
        for (const [other, before] of known) if (before === key) known.set(other, final);
    finals.add(final);
    finalOf.set(key, final);
    moved.set(key, final);
    added.set(key, identity);
  }
  if (added.size === 0) return;
  const sorted = [...added].sort(([a], [b]) => byText(a, b));
  await Promise.all([
    q.query(
      `INSERT INTO lead_links (tenant_id, lead_key, canonical_key, identity)
       SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[])`,
      [
        tenantId,
        sorted.map(([key]) => key),
        sorted.map(([key]) => finalOf.get(key) ?? key),
        sorted.map(([, identity]) => identityText(identity)),
      ],
    ),
    q.query(
      `UPDATE lead_links SET canonical_key = t.final FROM unnest($2::text[], $3::text[]) AS t(before, final)
       WHERE tenant_id = $1 AND canonical_key = t.before`,
      [tenantId, [...moved.keys()], [...moved.values()]],
    ),
  ]);
}
