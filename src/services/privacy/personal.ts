import type { Erasures } from '../../datasources/erasures/port.ts';
import type { PersonalStore } from '../../datasources/erasures/stores.ts';
import type { Mentioned } from '../../datasources/failed-activities/mentions.ts';
import type { PersonalFailures } from '../../datasources/failed-activities/port.ts';
import type { ExportedBatch } from '../../datasources/personal-data.ts';
import type { Erasure } from '../../domain/erasure.ts';
import type { Tenant } from '../../domain/tenant.ts';
import type { ErasingWriter } from '../../ingest/write/writer-port.ts';

/** A store that forgets behind the answer. */
type ForgettingStore = {
  /** Its name in receipts. */
  readonly store: PersonalStore;
  /** How long after it is done bytes can remain in the store's files, in milliseconds. */
  readonly lagMs: number;
  /** Whether it can begin with an erasure now; always, unless given. It is asked again until it can. */
  isReady?(tenant: Tenant, erasure: Erasure, signal: AbortSignal): Promise<boolean>;
} & (
  | { erase(tenant: Tenant, erasure: Erasure, signal: AbortSignal): Promise<void> }
  /** Forgets everybody who was erased, at once. It holds others up, so that it is done at most every `everyMs`. */
  | { sweep(signal: AbortSignal): Promise<void>; readonly everyMs: number }
);

/** A store's part of an export. */
type ExportingStore = {
  readonly store: PersonalStore;
  /** @param after as in `PersonalData.export` */
  export(tenant: Tenant, person: Mentioned, after: string, signal: AbortSignal): AsyncIterable<ExportedBatch>;
};

/** Everything that an erasure and an export need of a profile. */
export type Personal = {
  readonly failures: PersonalFailures;
  /** Writes an erasure behind everything accepted before it. */
  readonly writer: ErasingWriter;
  readonly ports: PersonalPorts;
};

/** The ports of a profile as an erasure and an export need them. */
export type PersonalPorts = {
  readonly erasures: Erasures;
  /** In their order: each begins when the store before it is done. */
  readonly forgetting: readonly ForgettingStore[];
  readonly exporting: readonly ExportingStore[];
};
