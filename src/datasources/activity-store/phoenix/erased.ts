import type { Erasure } from '../../../domain/erasure.ts';
import type { LeadKey } from '../../../domain/lead.ts';
import { chunksOf } from '../../../lib/chunks.ts';
import type { ErasedLeads, LogPositions } from '../../activity-log/port.ts';
import type { PhoenixClient } from '../../phoenix/client.ts';
import { createScopes, isIn, type Scope } from './scope.ts';

const MAX_KEYS = 1_000;
/** Rows of one lead: a later erasure removes earlier rows, so that only erasures at the same time have a row each. */
const MAX_ERASURES = 16;

/** Notes where the log stands when these leads are erased, in place of earlier erasures of theirs. Safe to repeat. */
export async function putLines(scope: Scope, { id, leads }: Erasure, lines: LogPositions): Promise<void> {
  const earlier = await rowsOf(scope, leads);
  await scope.upsert({
    into: 'ERASED_LEADS',
    columns: ['LEAD', 'ERASURE', 'LINES'],
    rows: leads.map((lead) => [lead, id, JSON.stringify([...lines])]),
  });
  const passed = earlier.filter(
    ({ ERASURE, LINES }) =>
      ERASURE !== id && linesIn(LINES).every(([partition, offset]) => offset <= (lines.get(partition) ?? 0)),
  );
  await scope.remove(
    'ERASED_LEADS',
    'LEAD = ? AND ERASURE = ?',
    passed.map(({ LEAD, ERASURE }) => [LEAD, ERASURE]),
  );
}

/** By lead, the greatest positions of all its erasures; see `ErasedLeads`. */
export async function readLines(
  scope: Scope,
  leads: readonly LeadKey[],
): Promise<ReadonlyMap<LeadKey, LogPositions>> {
  const found = new Map<LeadKey, Map<number, number>>();
  for (const { LEAD, LINES } of await rowsOf(scope, leads)) {
    const known = found.get(LEAD) ?? new Map<number, number>();
    found.set(LEAD, known);
    for (const [partition, offset] of linesIn(LINES))
      known.set(partition, Math.max(offset, known.get(partition) ?? 0));
  }
  return found;
}

type Row = { readonly LEAD: string; readonly ERASURE: string; readonly LINES: string };

const linesIn = (text: string) => JSON.parse(text) as readonly (readonly [number, number])[];

async function rowsOf(scope: Scope, leads: readonly LeadKey[]): Promise<Row[]> {
  const rows: Row[] = [];
  for (const chunk of chunksOf([...new Set(leads)], MAX_KEYS))
    rows.push(
      ...(await scope.select<Row>({
        from: 'ERASED_LEADS',
        columns: 'LEAD, ERASURE, LINES',
        ...isIn('LEAD', chunk),
        limit: chunk.length * MAX_ERASURES,
      })),
    );
  return rows;
}

/** The erased leads in Phoenix, in the table made by `migratePhoenix`. */
export function createPhoenixErasedLeads(
  client: PhoenixClient,
  { schema }: { readonly schema: string },
): ErasedLeads {
  const scopes = createScopes(client, schema);
  return {
    linesOf: async (tenant, leads, signal) => {
      const scope = scopes.of(tenant, signal);
      return leads.length === 0 ? new Map() : readLines(scope, leads);
    },
  };
}
