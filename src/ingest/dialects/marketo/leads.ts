import type { ActivityReads } from '../../../datasources/activity-store/port.ts';
import { type LeadIdentity, type LeadKey, leadKey } from '../../../domain/lead.ts';
import { parseMarketoLeadId } from '../../../domain/marketo-ids.ts';
import type { Tenant } from '../../../domain/tenant.ts';

/** A lead that a number stands for: its key, and the identity to write under. */
export type FoundLead = { readonly key: LeadKey; readonly identity: LeadIdentity };

/** More leads than ever share a number; so many candidates make a number ambiguous. */
const MAX_CANDIDATES = 4;

/**
 * Finds leads by Marketo's number. A lead that was linked to another lead is found as that other lead.
 * @returns for each number the leads it stands for: none, one, or (as good as never) several
 */
export async function findMarketoLeads(
  store: Pick<ActivityReads, 'persons' | 'leadKeys'>,
  tenant: Tenant,
  ids: readonly number[],
  signal: AbortSignal,
): Promise<ReadonlyMap<number, readonly FoundLead[]>> {
  const candidates = await Promise.all(
    [...new Set(ids)].map(async (id): Promise<readonly [number, readonly LeadKey[]]> => {
      const parsed = parseMarketoLeadId(id);
      if (!parsed) return [id, []];
      if ('identity' in parsed) return [id, [leadKey(tenant.idSpace, parsed.identity)]];
      const keys = await store.leadKeys(tenant, parsed.keyPrefix, MAX_CANDIDATES, signal);
      return [id, keys.filter(parsed.has)];
    }),
  );
  const keys = [...new Set(candidates.flatMap(([, of]) => of))];
  const persons = keys.length > 0 ? await store.persons(tenant, keys, signal) : [];
  const byKey = new Map(keys.map((key, index) => [key, persons[index] ?? null]));
  return new Map(
    candidates.map(([id, of]) => {
      const found = new Map<LeadKey, FoundLead>();
      for (const key of of) {
        const person = byKey.get(key);
        const [own] = person?.identities ?? [];
        if (person && own) found.set(person.lead.key, { key: person.lead.key, identity: own.identity });
      }
      return [id, [...found.values()]];
    }),
  );
}
