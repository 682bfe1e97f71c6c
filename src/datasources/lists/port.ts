import type { LeadList } from '../../domain/campaigns/model.ts';
import type { LeadKey } from '../../domain/lead.ts';
import type { Tenant } from '../../domain/tenant.ts';
import type { PersonalData } from '../personal-data.ts';

/** A person in a static list. `addedAt`: epoch milliseconds. */
export type ListMember = { readonly leadKey: LeadKey; readonly addedAt: number };

/** Lists of people, and the members of static lists. Erasure and export cover the memberships of a person. */
export interface LeadLists extends PersonalData {
  /**
   * Writes a list as its next revision; revision 1 creates it.
   * @returns false where the stored revision is not the previous revision: read it again
   */
  put(tenant: Tenant, list: LeadList, signal: AbortSignal): Promise<boolean>;
  /** Removes a list with its members; a missing list is no error. */
  remove(tenant: Tenant, id: string, signal: AbortSignal): Promise<void>;
  /** In input order; null where the tenant has none. */
  get(tenant: Tenant, ids: readonly string[], signal: AbortSignal): Promise<readonly (LeadList | null)[]>;
  /** All lists of the tenant, by id. A tenant has at most `MAX_LISTS`. */
  all(tenant: Tenant, signal: AbortSignal): Promise<readonly LeadList[]>;
  /** @returns those that were no members before, in input order */
  addMembers(
    tenant: Tenant,
    id: string,
    members: readonly ListMember[],
    signal: AbortSignal,
  ): Promise<readonly LeadKey[]>;
  /** @returns those that were members before, in input order */
  removeMembers(
    tenant: Tenant,
    id: string,
    leads: readonly LeadKey[],
    signal: AbortSignal,
  ): Promise<readonly LeadKey[]>;
  /** Members by key, ascending, strictly after `after`. */
  members(
    tenant: Tenant,
    id: string,
    first: number,
    after: LeadKey | null,
    signal: AbortSignal,
  ): Promise<readonly ListMember[]>;
  /** The lists among `ids` that have one of these keys. A person has a key for each linked identity. */
  listsOf(
    tenant: Tenant,
    leads: readonly LeadKey[],
    ids: readonly string[],
    signal: AbortSignal,
  ): Promise<ReadonlySet<string>>;
}

/** Lists of a tenant. */
export const MAX_LISTS = 1_000;
