import type { Erasure } from '../../../domain/erasure.ts';
import { identityText, type LeadKey } from '../../../domain/lead.ts';
import type { Tenant } from '../../../domain/tenant.ts';
import type { Queryable, Session } from '../../db/db.ts';
import type { ExportedBatch, PersonalRecord } from '../../personal-data.ts';
import type { WriteProjection } from '../projection.ts';
import { readIdentities } from './leads.ts';
import { lockLinks } from './links.ts';
import { type ActivityRow, activityColumns, activityFrom } from './rows.ts';

/** Activities with their details that are read together. */
const PAGE = 500;

/**
 * Deletes everything of a person. Runs in a transaction of the caller.
 * Leads are locked first, as writers do it, so that neither waits on the other.
 */
export async function eraseLeads(
  q: Queryable,
  tenant: Tenant,
  erasure: Erasure,
  projections: readonly WriteProjection[],
): Promise<void> {
  const sorted = [...new Set(erasure.leads)].sort();
  await q.query(
    'SELECT FROM leads WHERE tenant_id = $1 AND lead_key = ANY($2) ORDER BY lead_key FOR UPDATE',
    [tenant.id, sorted],
  );
  await lockLinks(q, tenant.id);
  await q.query('DELETE FROM activities WHERE tenant_id = $1 AND lead_key = ANY($2)', [tenant.id, sorted]);
  await q.query('DELETE FROM leads WHERE tenant_id = $1 AND lead_key = ANY($2)', [tenant.id, sorted]);
  await q.query(
    'DELETE FROM lead_links WHERE tenant_id = $1 AND (lead_key = ANY($2) OR canonical_key = ANY($2))',
    [tenant.id, sorted],
  );
  for (const projection of projections) await projection.erase(q, tenant.id, erasure);
}

/** Identities with their traits, links, and activities, the latest of each lead first. See `PersonalData.export`. */
export async function* exportLeads(
  db: Session,
  tenant: Tenant,
  leads: readonly LeadKey[],
  after: string,
  signal: AbortSignal,
): AsyncGenerator<ExportedBatch> {
  const q: Queryable = { query: (text, values) => db.query(text, values, { signal }) };
  if (after < PARTS.identities)
    yield { records: await identityRecords(q, tenant, leads), next: PARTS.identities };
  if (after < PARTS.links) yield { records: await linkRecords(q, tenant, leads), next: PARTS.links };
  const [from = '', time = '', hash = ''] = after.slice(1).split(' ');
  for (const lead of leads.toSorted()) {
    if (lead < from) continue;
    for (let at = lead === from ? [Number(time), hash] : NEWEST; ; ) {
      const rows = await q.query<ActivityRow>(
        `SELECT ${activityColumns(true)} FROM activities WHERE tenant_id = $1 AND lead_key = $2
         AND (occurred_at, hash) < ($3::int8, $4) ORDER BY occurred_at DESC, hash DESC LIMIT ${PAGE}`,
        [tenant.id, lead, ...at],
      );
      const last = rows.at(-1);
      if (!last) break;
      // Attributes and context are read when they are looked at: all of them, here.
      const records = rows.map(activityFrom).map((activity) => ({ kind: 'activity', data: { ...activity } }));
      at = [last.occurred_at, last.hash];
      yield { records, next: `${PARTS.activities}${[lead, ...at].join(' ')}` };
    }
  }
}

/** The parts of an export, in their order: the first letters of its places. */
const PARTS = { identities: 'a', links: 'b', activities: 'c' } as const;
const NEWEST: readonly (number | string)[] = [Number.MAX_SAFE_INTEGER, '~'];

async function identityRecords(
  q: Queryable,
  tenant: Tenant,
  leads: readonly LeadKey[],
): Promise<PersonalRecord[]> {
  const identities = await readIdentities(q, tenant.id, leads);
  return identities.map(({ key, identity, email, traits, firstSeenAt, lastSeenAt }) => ({
    kind: 'identity',
    data: { key, [identity.kind]: identityText(identity), email, traits, firstSeenAt, lastSeenAt },
  }));
}

async function linkRecords(
  q: Queryable,
  tenant: Tenant,
  leads: readonly LeadKey[],
): Promise<PersonalRecord[]> {
  const links = await q.query<{ lead_key: string; canonical_key: string; identity: string }>(
    `SELECT lead_key, canonical_key, identity FROM lead_links
     WHERE tenant_id = $1 AND (lead_key = ANY($2) OR canonical_key = ANY($2)) ORDER BY lead_key`,
    [tenant.id, leads],
  );
  return links.map((link) => ({
    kind: 'link',
    data: { key: link.lead_key, identity: link.identity, linkedTo: link.canonical_key },
  }));
}
