import type { Activity, Campaign } from '../../../domain/activity.ts';
import { activityId, parseActivityId } from '../../../domain/ids.ts';
import { assertTenant } from '../../../domain/tenant.ts';
import { chunksOf } from '../../../lib/chunks.ts';
import { type Queryable, refusing, type Session } from '../../db/db.ts';
import type { PersonalData } from '../../personal-data.ts';
import { campaignsOf } from '../campaigns.ts';
import { definitionOf } from '../custom-types.ts';
import { byText } from '../persons.ts';
import { type ActivityStore, repeatOf, type WriteVerdict } from '../port.ts';
import type { WriteProjection } from '../projection.ts';
import { eraseLeads, exportLeads } from './erase.ts';
import { applyLeadUpdates, readPersons, touchLeads } from './leads.ts';
import { type ActivityRow, activityColumns, activityFrom, INSERT_ACTIVITIES, insertValues } from './rows.ts';
import { readTimelines } from './timelines.ts';
import { defineType, readTypes, type TypeRow, typeFrom } from './types.ts';

/** Rows of one INSERT: beyond this a statement only holds others up. */
const MAX_BATCH = 2_000;
const COLUMNS = activityColumns(true);

/**
 * The activity store on PostgreSQL or PGlite.
 * A write throws `BAD_USER_INPUT` for rows that PostgreSQL can't keep as they are.
 * @param projections roll-ups that are updated in the transaction of the rows they count
 */
export function createPostgresStore(
  db: Session,
  projections: readonly WriteProjection[],
): ActivityStore & PersonalData {
  const persons: ActivityStore['persons'] = async (tenant, keys, signal) => {
    assertTenant(tenant);
    return readPersons({ query: (text, values) => db.query(text, values, { signal }) }, tenant.id, keys);
  };
  return {
    async write(tenant, activities, signal) {
      assertTenant(tenant);
      const verdicts: WriteVerdict[] = [];
      for (const chunk of chunksOf(activities, MAX_BATCH))
        verdicts.push(...(await writeBatch(db, tenant.id, chunk, projections, signal).catch(refusing)));
      return verdicts;
    },

    async updateLeads(tenant, updates, signal) {
      assertTenant(tenant);
      if (updates.length > 0)
        await db.tx((q) => applyLeadUpdates(q, tenant, updates), { signal }).catch(refusing);
    },

    async putCampaigns(tenant, campaigns, signal) {
      assertTenant(tenant);
      await db.tx((q) => putCampaigns(q, tenant.id, campaigns), { signal }).catch(refusing);
    },

    async defineType(tenant, type, signal) {
      assertTenant(tenant);
      const definition = definitionOf(type);
      return db.tx((q) => defineType(q, tenant.id, definition), { signal }).catch(refusing);
    },

    async activities(tenant, ids, signal) {
      assertTenant(tenant);
      const keys = ids.map((id) => parseActivityId(id));
      const wanted = keys.flatMap((key) => key ?? []);
      if (wanted.length === 0) return ids.map(() => null);
      const rows = await db.query<ActivityRow>(
        `SELECT ${COLUMNS} FROM activities
         JOIN unnest($2::text[], $3::int8[], $4::text[]) AS k(l, o, h) ON lead_key = k.l AND occurred_at = k.o AND hash = k.h
         WHERE tenant_id = $1`,
        [
          tenant.id,
          wanted.map((key) => key.leadKey),
          wanted.map((key) => key.occurredAt),
          wanted.map((key) => key.hash),
        ],
        { signal },
      );
      const byId = new Map(rows.map((row) => activityFrom(row)).map((activity) => [activity.id, activity]));
      return ids.map((id) => byId.get(id) ?? null);
    },

    async timelines(tenant, requests, signal) {
      assertTenant(tenant);
      return readTimelines(db, tenant.id, requests, signal);
    },

    async leads(tenant, keys, signal) {
      return (await persons(tenant, keys, signal)).map((person) => person?.lead ?? null);
    },

    persons,

    async leadKeys(tenant, prefix, first, signal) {
      assertTenant(tenant);
      // '~' is behind every character of a key.
      const rows = await db.query<{ lead_key: string }>(
        'SELECT lead_key FROM leads WHERE tenant_id = $1 AND lead_key >= $2 AND lead_key < $3 LIMIT $4',
        [tenant.id, prefix, `${prefix}~`, first],
        { signal },
      );
      return rows.map((row) => row.lead_key);
    },

    async campaigns(tenant, ids, signal) {
      assertTenant(tenant);
      const rows = await db.query<CampaignRow>(
        'SELECT campaign_id, name, created_at FROM campaigns WHERE tenant_id = $1 AND campaign_id = ANY($2)',
        [tenant.id, ids],
        { signal },
      );
      const byId = new Map(rows.map((row) => [row.campaign_id, campaignFrom(row)]));
      return ids.map((id) => byId.get(id) ?? null);
    },

    async listCampaigns(tenant, first, after, signal) {
      assertTenant(tenant);
      const rows = await db.query<CampaignRow>(
        `SELECT campaign_id, name, created_at FROM campaigns
         WHERE tenant_id = $1 AND campaign_id > $2 ORDER BY campaign_id LIMIT $3`,
        [tenant.id, after ?? '', first],
        { signal },
      );
      return rows.map(campaignFrom);
    },

    async customTypes(tenant, signal) {
      assertTenant(tenant);
      const rows = await db.query<TypeRow>(
        'SELECT number, definition FROM activity_types WHERE tenant_id = $1 ORDER BY number',
        [tenant.id],
        { signal },
      );
      return rows.map(typeFrom);
    },

    async erase(tenant, erasure, signal) {
      assertTenant(tenant);
      await db.tx((q) => eraseLeads(q, tenant, erasure, projections), { signal });
    },

    export(tenant, leads, after, signal) {
      assertTenant(tenant);
      return exportLeads(db, tenant, leads, after, signal);
    },
  };
}

type CampaignRow = { readonly campaign_id: string; readonly name: string; readonly created_at: number };
const campaignFrom = (row: CampaignRow): Campaign => ({
  id: row.campaign_id,
  name: row.name,
  createdAt: row.created_at,
});

async function writeBatch(
  db: Session,
  tenantId: string,
  activities: readonly Activity[],
  projections: readonly WriteProjection[],
  signal: AbortSignal,
): Promise<WriteVerdict[]> {
  const hashes = activities.map((activity) => parseActivityId(activity.id)?.hash ?? '');
  // The first of a batch wins. Sorted, so that two transactions with the same messages can't deadlock.
  const firsts = new Map<string, Activity>();
  activities.forEach((activity, index) => {
    const hash = hashes[index] as string;
    if (!firsts.has(hash)) firsts.set(hash, activity);
  });
  const batch = [...firsts]
    .map(([hash, activity]) => ({ hash, activity }))
    .sort((a, b) => byText(a.hash, b.hash));

  return db.tx(
    async (q) => {
      const typeOf = await readTypes(q, tenantId, activities);
      const inserted = new Set(
        (await q.query<{ hash: string }>(INSERT_ACTIVITIES, insertValues(tenantId, batch, typeOf))).map(
          (row) => row.hash,
        ),
      );
      // In the order they came: the first name said of a campaign is kept, in a store rebuilt from the log, too.
      const stored = [...firsts].flatMap(([hash, activity]) => (inserted.has(hash) ? [activity] : []));
      const repeats = batch.filter(({ hash }) => !inserted.has(hash)).map(({ hash }) => hash);
      const [before] = await Promise.all([
        firstsByHash(q, tenantId, repeats),
        ...(stored.length > 0
          ? [
              touchLeads(q, tenantId, stored),
              putCampaigns(q, tenantId, campaignsOf(stored)),
              ...projections.map((projection) => projection.add(q, tenantId, stored, typeOf)),
            ]
          : []),
      ]);
      const answered = new Set<string>();
      return activities.map((activity, index): WriteVerdict => {
        const hash = hashes[index] as string;
        if (inserted.has(hash) && !answered.has(hash)) {
          answered.add(hash);
          return { status: 'stored', id: activity.id };
        }
        const first = before.get(hash) ?? firsts.get(hash) ?? activity;
        return repeatOf(first, activity);
      });
    },
    { signal },
  );
}

async function firstsByHash(
  q: Queryable,
  tenantId: string,
  hashes: readonly string[],
): Promise<Map<string, Pick<Activity, 'id' | 'contentDigest'>>> {
  if (hashes.length === 0) return new Map();
  const rows = await q.query<Pick<ActivityRow, 'lead_key' | 'occurred_at' | 'hash' | 'content_digest'>>(
    'SELECT lead_key, occurred_at, hash, content_digest FROM activities WHERE tenant_id = $1 AND hash = ANY($2)',
    [tenantId, hashes],
  );
  return new Map(
    rows.map((row) => [
      row.hash,
      {
        id: activityId({ leadKey: row.lead_key, occurredAt: row.occurred_at, hash: row.hash }),
        contentDigest: row.content_digest,
      },
    ]),
  );
}

async function putCampaigns(q: Queryable, tenantId: string, campaigns: readonly Campaign[]): Promise<void> {
  if (campaigns.length === 0) return;
  const rows = [...campaigns].sort((a, b) => byText(a.id, b.id));
  await q.query(
    `INSERT INTO campaigns (tenant_id, campaign_id, name, created_at)
     SELECT $1, id, name, at FROM unnest($2::text[], $3::text[], $4::int8[]) AS t(id, name, at)
     ON CONFLICT (tenant_id, campaign_id) DO UPDATE SET
       name = CASE WHEN campaigns.name = campaigns.campaign_id THEN excluded.name ELSE campaigns.name END,
       created_at = least(campaigns.created_at, excluded.created_at)
     WHERE campaigns.created_at > excluded.created_at
        OR (campaigns.name = campaigns.campaign_id AND excluded.name <> campaigns.name)`,
    [tenantId, rows.map((row) => row.id), rows.map((row) => row.name), rows.map((row) => row.createdAt)],
  );
}
