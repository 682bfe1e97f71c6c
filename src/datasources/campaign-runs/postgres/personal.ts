import type { LeadKey } from '../../../domain/lead.ts';
import type { Queryable } from '../../db/db.ts';
import type { ExportedBatch } from '../../personal-data.ts';
import { RUN_COLUMNS, type RunRow, readSteps, runFrom } from './rows.ts';

/** Tables whose rows belong to a run. */
const OF_RUNS = ['campaign_steps', 'campaign_notes'] as const;
/** Tables whose rows belong to a person. */
const OF_PEOPLE = ['campaign_entries', 'campaign_sends', 'campaign_people', 'campaign_locks'] as const;
const OF_LEADS = 'tenant_id = $1 AND (lead_key = ANY($2) OR person_key = ANY($2))';

/** Removes the runs of a person, with all that belongs to them. */
export async function eraseRuns(q: Queryable, tenantId: string, leads: readonly LeadKey[]): Promise<void> {
  for (const table of OF_RUNS)
    await q.query(
      `DELETE FROM ${table} WHERE tenant_id = $1 AND run_id IN (SELECT id FROM campaign_runs WHERE ${OF_LEADS})`,
      [tenantId, leads],
    );
  for (const table of OF_PEOPLE)
    await q.query(`DELETE FROM ${table} WHERE tenant_id = $1 AND person_key = ANY($2)`, [tenantId, leads]);
  await q.query(`DELETE FROM campaign_runs WHERE ${OF_LEADS}`, [tenantId, leads]);
}

/** The runs of a person with their steps, and the messages that were sent. See `PersonalData.export`. */
export async function* exportRuns(
  db: Queryable,
  tenantId: string,
  leads: readonly LeadKey[],
  after: string,
  signal: AbortSignal,
): AsyncGenerator<ExportedBatch> {
  const rows = await db.query<RunRow>(
    `SELECT ${RUN_COLUMNS} FROM campaign_runs WHERE ${OF_LEADS} AND id > $3 ORDER BY id`,
    [tenantId, leads, after],
    { signal },
  );
  for (const row of rows) {
    const steps = await readSteps(db, tenantId, row.id, signal);
    const data = { ...runFrom(row), steps: steps.map((step) => ({ ...step })) };
    yield { records: [{ kind: 'campaignRun', data }], next: row.id };
  }
}
