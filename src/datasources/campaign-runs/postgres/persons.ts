import type { LeadKey } from '../../../domain/lead.ts';
import { byText } from '../../activity-store/persons.ts';
import type { Queryable } from '../../db/db.ts';

/** The name of the lock of a person's runs, in SQL. */
export const PERSON_LOCK = `hashtextextended('runs of ' || tenant_id || ' ' || person_key, 0)`;

/**
 * Until the transaction ends, no other leases, frees or ends runs of these people. It comes before every lock of a row.
 */
export const lockPersons = (q: Queryable, tenantId: string, persons: readonly LeadKey[]): Promise<unknown> =>
  q.query(
    `SELECT pg_advisory_xact_lock(${PERSON_LOCK})
     FROM (SELECT $1::text AS tenant_id, unnest($2::text[]) AS person_key) AS t`,
    [tenantId, [...new Set(persons)].sort(byText)],
  );

/**
 * Gives the first parked run of a person back to the queue. Under the person's lock, whenever a run of the person is
 * freed or ended. So before a parked run there is always another run, in the queue or leased.
 */
export const unpark = (q: Queryable, tenantId: string, personKey: LeadKey): Promise<unknown> =>
  q.query(
    `UPDATE campaign_runs SET queued_at = due_at WHERE tenant_id = $1 AND id = (
       SELECT id FROM campaign_runs
       WHERE tenant_id = $1 AND person_key = $2 AND queued_at IS NULL AND due_at IS NOT NULL
       ORDER BY due_at + cost, id LIMIT 1)`,
    [tenantId, personKey],
  );
