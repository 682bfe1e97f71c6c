import type { ActivitySearch } from '../port.ts';
import { searchActivities } from './activities.ts';
import type { Solr } from './cluster/connection.ts';
import { searchLeads } from './leads.ts';

/**
 * Full-text search in Solr, over the collections that `createSolrIndex` fills: written documents can be found half a
 * second later. Until every log is replayed after a restart of Solr, searches fail with `BACKEND_UNAVAILABLE`.
 */
export function createSolrSearch(solr: Solr): ActivitySearch {
  return {
    searchActivities: (tenant, request, signal) => searchActivities(solr, tenant, request, signal),
    searchLeads: (tenant, request, signal) => searchLeads(solr, tenant, request, signal),
  };
}
