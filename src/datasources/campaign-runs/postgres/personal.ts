import type { JsonObject } from '../../../domain/json.ts';
import type { LeadKey } from '../../../domain/lead.ts';
import type { Queryable } from '../../db/db.ts';
import { EXPORT_START, type ExportedBatch, type PersonalRecord } from '../../personal-data.ts';
import { lockPersons, unpark } from './persons.ts';
import { RUN_COLUMNS, type RunRow, readSteps, runFrom } from './rows.ts';

/** Runs with their steps that are read together. */
const PAGE = 200;
const OF_LEADS = 'tenant_id = $1 AND (lead_key = ANY($2) OR person_key = ANY($2))';

/** Deletes everything of a person. In a transaction of the caller. */
export async function eraseRuns(q: Queryable, tenantId: string, leads: readonly LeadKey[]): Promise<void> {
  const found = await q.query<{ person_key: LeadKey }>(
    `SELECT DISTINCT person_key FROM campaign_runs WHERE ${OF_LEADS}`,
    [tenantId, leads],
  );
  const persons = [...new Set([...leads, ...found.map((row) => row.person_key)])];
  await lockPersons(q, tenantId, persons);
  const gone = await q.query<{ id: string }>(`DELETE FROM campaign_runs WHERE ${OF_LEADS} RETURNING id`, [
    tenantId,
    leads,
  ]);
  const ids = gone.map(({ id }) => id);
  for (const table of ['campaign_run_steps', 'campaign_notes'])
    await q.query(`DELETE FROM ${table} WHERE tenant_id = $1 AND run_id = ANY($2)`, [tenantId, ids]);
  for (const table of ['campaign_entries', 'campaign_sends'])
    await q.query(`DELETE FROM ${table} WHERE tenant_id = $1 AND person_key = ANY($2)`, [tenantId, leads]);
  await q.query(
    'DELETE FROM campaign_leases WHERE tenant_id = $1 AND person_key = ANY($2) AND run_id = ANY($3)',
    [tenantId, persons, ids],
  );
  for (const person of persons) await unpark(q, tenantId, person);
}

/** Before the id of a run, in the place behind it. */
const RUN = 'run ';

/** Runs with their steps and notes, entries into campaigns, and places of messages. See `PersonalData.export`. */
export async function* exportRuns(
  q: Queryable,
  tenantId: string,
  leads: readonly LeadKey[],
  after: string,
): AsyncGenerator<ExportedBatch> {
  if (after === EXPORT_START || after.startsWith(RUN))
    for (let last = after.slice(RUN.length); ; ) {
      const rows = await q.query<RunRow>(
        `SELECT ${RUN_COLUMNS} FROM campaign_runs WHERE ${OF_LEADS} AND id > $3 ORDER BY id LIMIT ${PAGE}`,
        [tenantId, leads, last],
      );
      last = rows.at(-1)?.id ?? '';
      if (last === '') break;
      yield { records: await runRecords(q, tenantId, rows), next: `${RUN}${last}` };
    }
  if (after !== 'entries' && after !== 'sends') {
    const entries = await q.query<{ campaign_id: string; received_at: number; run_id: string }>(
      `SELECT campaign_id, received_at, run_id FROM campaign_entries
       WHERE tenant_id = $1 AND person_key = ANY($2) ORDER BY campaign_id, received_at, run_id`,
      [tenantId, leads],
    );
    const records = entries.map((row) => ({
      kind: 'campaignEntry',
      data: { campaignId: row.campaign_id, receivedAt: row.received_at, runId: row.run_id },
    }));
    yield { records, next: 'entries' };
  }
  if (after === 'sends') return;
  const sends = await q.query<{ message_id: string; at: number }>(
    'SELECT message_id, at FROM campaign_sends WHERE tenant_id = $1 AND person_key = ANY($2) ORDER BY at, message_id',
    [tenantId, leads],
  );
  yield {
    records: sends.map((row) => ({
      kind: 'campaignSend',
      data: { messageId: row.message_id, at: row.at },
    })),
    next: 'sends',
  };
}

async function runRecords(
  q: Queryable,
  tenantId: string,
  rows: readonly RunRow[],
): Promise<PersonalRecord[]> {
  const ids = rows.map(({ id }) => id);
  const [steps, notes] = await Promise.all([
    readSteps(q, tenantId, ids),
    q.query<{ run_id: string; path: string; note: string }>(
      'SELECT run_id, path, note FROM campaign_notes WHERE tenant_id = $1 AND run_id = ANY($2) ORDER BY run_id, path',
      [tenantId, ids],
    ),
  ]);
  const notesOf = Map.groupBy(notes, (row) => row.run_id);
  return rows.map((row) => ({
    kind: 'campaignRun',
    data: {
      ...runFrom(row),
      steps: [...(steps.get(row.id) ?? [])],
      notes: (notesOf.get(row.id) ?? []).map(({ path, note }) => ({
        path,
        note: JSON.parse(note) as JsonObject,
      })),
    },
  }));
}
