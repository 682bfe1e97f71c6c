import type { Erasure } from '../domain/erasure.ts';
import type { JsonObject } from '../domain/json.ts';
import type { LeadKey } from '../domain/lead.ts';
import type { Tenant } from '../domain/tenant.ts';

/** One thing that a store has of a person: an activity, an identity, a send, a failed activity. */
export type PersonalRecord = { readonly kind: string; readonly data: JsonObject };

/** Some records, and the place behind them: an export from there goes on with the rest. */
export type ExportedBatch = { readonly records: readonly PersonalRecord[]; readonly next: string };

/** Where an export begins. */
export const EXPORT_START = '';

/**
 * Erasure and export of a person, as every port has them. A person is all keys of the identities that are linked. Keys are
 * digests, so that a list of them holds no personal data and can be kept after the erasure.
 */
export interface PersonalData {
  /**
   * Removes everything that the port has of the person, now and for every later read. Safe to repeat.
   * @throws DomainError `BACKEND_UNAVAILABLE` or `TIMEOUT`: a part may be removed; repeat it
   */
  erase(tenant: Tenant, erasure: Erasure, signal: AbortSignal): Promise<void>;
  /**
   * Everything that the port has of these leads, in batches.
   * @param after `EXPORT_START`, or `next` of a batch
   */
  export(
    tenant: Tenant,
    leads: readonly LeadKey[],
    after: string,
    signal: AbortSignal,
  ): AsyncIterable<ExportedBatch>;
}
