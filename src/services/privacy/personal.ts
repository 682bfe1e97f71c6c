import type { Erasures } from '../../datasources/erasures/port.ts';
import type { PersonalStore } from '../../datasources/erasures/stores.ts';
import type { Mentioned } from '../../datasources/failed-activities/mentions.ts';
import type { PersonalRecord } from '../../datasources/personal-data.ts';
import type { Erasure } from '../../domain/erasure.ts';
import type { Tenant } from '../../domain/tenant.ts';

/** A store that forgets behind the answer. */
type ForgettingStore = {
  /** Its name in receipts. */
  readonly store: PersonalStore;
  /** How long after it is done bytes can remain in the store's files, in milliseconds. */
  readonly lagMs: number;
} & (
  | { erase(tenant: Tenant, erasure: Erasure, signal: AbortSignal): Promise<void> }
  /** Forgets everybody who was erased, at once. It holds others up, so that it is done at most every `everyMs`. */
  | { sweep(signal: AbortSignal): Promise<void>; readonly everyMs: number }
);

/** A store's part of an export. */
type ExportingStore = {
  readonly store: PersonalStore;
  export(tenant: Tenant, person: Mentioned, signal: AbortSignal): AsyncIterable<readonly PersonalRecord[]>;
};

/** The ports of a profile as an erasure and an export need them. */
export type PersonalPorts = {
  readonly erasures: Erasures;
  /** In their order: each begins when the store before it is done. */
  readonly forgetting: readonly ForgettingStore[];
  readonly exporting: readonly ExportingStore[];
};
