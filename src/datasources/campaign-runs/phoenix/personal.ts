import type { JsonObject } from '../../../domain/json.ts';
import type { LeadKey } from '../../../domain/lead.ts';
import { chunksOf } from '../../../lib/chunks.ts';
import { byText } from '../../activity-store/persons.ts';
import { IS_THERE, readVersioned } from '../../activity-store/phoenix/documents/versioned.ts';
import { isIn, type Scope } from '../../activity-store/phoenix/scope.ts';
import { EXPORT_START, type ExportedBatch, type PersonalRecord } from '../../personal-data.ts';
import { leaveQueue } from './changes.ts';
import { type Entry, listFrom, SENDS, type Sent } from './entries.ts';
import { release } from './lease.ts';
import { allPlaces, ofCampaign, ofPerson, readRuns, type StoredRun } from './rows.ts';

/** Runs that are read together. */
const PAGE = 200;
/** More rows of one person than there are. */
const MAX_ROWS = 1_000_000;
/** Before the id of a run, in the place behind it. */
const RUN = 'run ';

const isOf =
  (leads: readonly LeadKey[]) =>
  ({ run }: StoredRun): boolean =>
    leads.includes(run.leadKey) || leads.includes(run.personKey);

/** Deletes everything of a person. The rows that find runs go last, so that a repeated call finds the rest. */
export async function eraseRuns(scope: Scope, leads: readonly LeadKey[]): Promise<void> {
  for (const lead of leads)
    for await (const places of allPlaces(scope, ofPerson(lead))) {
      const runs = await readRuns(
        scope,
        places.map(({ id }) => id),
      );
      for (const stored of runs.values()) if (isOf(leads)(stored)) await eraseRun(scope, stored);
      await scope.remove(
        'RUNS_BY',
        'OWNER = ? AND RECEIVED_AT = ? AND ID = ?',
        places.map(({ receivedAt, id }) => [ofPerson(lead), receivedAt, id]),
      );
    }
  const keys = leads.map((lead) => [lead]);
  for (const table of ['CAMPAIGN_ENTRIES', 'CAMPAIGN_SENDS']) await scope.remove(table, 'PERSON = ?', keys);
  await scope.remove(
    'RUN_PERSONS',
    'PERSON = ?',
    leads.map((lead) => [ofPerson(lead)]),
  );
}

async function eraseRun(scope: Scope, stored: StoredRun): Promise<void> {
  const { run, lease } = stored;
  await scope.remove('RUN_NOTES', 'RUN_ID = ?', [[run.id]]);
  await leaveQueue(scope, stored);
  const owners = [ofCampaign(run.campaignId), ofPerson(run.leadKey), ofPerson(run.personKey)];
  const found = [...new Set(owners)].map((owner) => [owner, run.receivedAt, run.id]);
  await scope.remove('RUNS_BY', 'OWNER = ? AND RECEIVED_AT = ? AND ID = ?', found.slice(0, 1));
  await scope.remove('RUNS', 'ID = ?', [[run.id]]);
  await scope.remove('RUNS_BY', 'OWNER = ? AND RECEIVED_AT = ? AND ID = ?', found.slice(1));
  if (lease) await release(scope, [{ personKey: run.personKey, runId: run.id, lease }]);
}

/** Runs with their steps and notes, entries into campaigns, and places of messages. See `PersonalData.export`. */
export async function* exportRuns(
  scope: Scope,
  leads: readonly LeadKey[],
  after: string,
): AsyncGenerator<ExportedBatch> {
  if (after === EXPORT_START || after.startsWith(RUN)) {
    const last = after.slice(RUN.length);
    const ids = new Set<string>();
    for (const lead of leads)
      for await (const places of allPlaces(scope, ofPerson(lead)))
        for (const { id } of places) if (id > last) ids.add(id);
    for (const chunk of chunksOf([...ids].sort(byText), PAGE)) {
      const runs = [...(await readRuns(scope, chunk)).values()].filter(isOf(leads));
      if (runs.length > 0)
        yield { records: await runRecords(scope, runs), next: `${RUN}${chunk.at(-1) ?? ''}` };
    }
  }
  if (after !== 'entries' && after !== 'sends')
    yield { records: await entryRecords(scope, leads), next: 'entries' };
  if (after !== 'sends') yield { records: await sendRecords(scope, leads), next: 'sends' };
}

async function runRecords(scope: Scope, runs: readonly StoredRun[]): Promise<PersonalRecord[]> {
  const sorted = runs.toSorted((a, b) => byText(a.run.id, b.run.id));
  const notes = await scope.select<{ RUN_ID: string; PATH: string; BODY: string }>({
    from: 'RUN_NOTES',
    columns: 'RUN_ID, PATH, BODY',
    ...isIn(
      'RUN_ID',
      sorted.map(({ run }) => run.id),
    ),
    limit: MAX_ROWS,
  });
  const notesOf = Map.groupBy(notes, (row) => row.RUN_ID);
  return sorted.map(({ run, steps }) => ({
    kind: 'campaignRun',
    data: {
      ...run,
      steps: [...steps],
      notes: (notesOf.get(run.id) ?? [])
        .map(({ PATH, BODY }) => ({ path: PATH, note: JSON.parse(BODY) as JsonObject }))
        .sort((a, b) => byText(a.path, b.path)),
    },
  }));
}

async function entryRecords(scope: Scope, leads: readonly LeadKey[]): Promise<PersonalRecord[]> {
  if (leads.length === 0) return [];
  const { where, values } = isIn('PERSON', leads);
  const rows = await scope.select<{ CAMPAIGN: string; BODY: string }>({
    from: 'CAMPAIGN_ENTRIES',
    columns: 'CAMPAIGN, BODY',
    where: `${where} AND ${IS_THERE}`,
    values,
    limit: MAX_ROWS,
  });
  return rows
    .sort((a, b) => byText(a.CAMPAIGN, b.CAMPAIGN))
    .flatMap(({ CAMPAIGN, BODY }) =>
      listFrom<Entry>(BODY).map((entry) => ({
        kind: 'campaignEntry',
        data: { campaignId: CAMPAIGN, ...entry },
      })),
    );
}

async function sendRecords(scope: Scope, leads: readonly LeadKey[]): Promise<PersonalRecord[]> {
  const rows = await readVersioned(scope, SENDS, leads);
  return [...rows.values()]
    .flatMap(({ body }) => listFrom<Sent>(body))
    .sort((a, b) => a.at - b.at || byText(a.messageId, b.messageId))
    .map((data) => ({ kind: 'campaignSend', data }));
}
