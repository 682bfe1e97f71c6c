import { EXPORT_START, type PersonalData } from '../datasources/personal-data.ts';
import type { Activity } from '../domain/activity.ts';
import type { LeadKey } from '../domain/lead.ts';
import type { Tenant } from '../domain/tenant.ts';
import { createSearchIndexer, type SearchIndexerOptions } from './search-indexer.ts';

/** Brings the index to where the store is for these leads: activities and people. @throws as `SearchIndexer.handle` */
export async function indexAgain(
  options: SearchIndexerOptions & { readonly store: Pick<PersonalData, 'export'> },
  tenant: Tenant,
  leads: readonly LeadKey[],
  signal: AbortSignal,
): Promise<void> {
  const indexer = createSearchIndexer(options);
  for await (const { records } of options.store.export(tenant, leads, EXPORT_START, signal)) {
    const activities = records.flatMap(({ kind, data }) =>
      kind === 'activity' ? [data as unknown as Activity] : [],
    );
    await indexer.indexActivities(tenant, activities, signal);
  }
  await indexer.indexLeads(tenant, leads, signal);
}
