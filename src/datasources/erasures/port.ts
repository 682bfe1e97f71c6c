import type { Erasure } from '../../domain/erasure.ts';
import type { Tenant } from '../../domain/tenant.ts';
import type { PersonalStore } from './stores.ts';

/** An erasure with the times at which stores were done with it, epoch milliseconds, by the name of the store. */
export type Receipt = {
  readonly erasure: Erasure;
  readonly doneAt: Readonly<Partial<Record<PersonalStore, number>>>;
  /** When all stores were done; null before. */
  readonly finishedAt: number | null;
};

/** A receipt that a process may work on until its lease ends. */
export type Lease = { readonly tenantId: string; readonly receipt: Receipt };

/**
 * Receipts of erasures. The store writes a receipt together with the removal of its rows, so that it is there when the
 * log is applied again. A receipt holds no personal data and is kept.
 */
export interface Erasures {
  /** Null where the tenant has no such erasure. */
  get(tenant: Tenant, id: string, signal: AbortSignal): Promise<Receipt | null>;
  /**
   * Unfinished receipts of all tenants, the oldest first, that no other process works on.
   * @param now epoch milliseconds; the lease begins here
   * @param leaseMs how long no other process gets them
   */
  lease(now: number, leaseMs: number, signal: AbortSignal): Promise<readonly Lease[]>;
  /** Moves the end of a lease, epoch milliseconds; 0 gives the receipt to the next `lease` of any process. */
  leaseUntil(tenant: Tenant, id: string, until: number, signal: AbortSignal): Promise<void>;
  /** Notes that a store is done. @param isLast whether the erasure is finished with it */
  markDone(
    tenant: Tenant,
    id: string,
    store: PersonalStore,
    at: number,
    isLast: boolean,
    signal: AbortSignal,
  ): Promise<void>;
}
