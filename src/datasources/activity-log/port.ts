import type { LogRecord } from '../../domain/activity.ts';
import type { Erasure } from '../../domain/erasure.ts';
import type { LeadKey } from '../../domain/lead.ts';
import type { Tenant } from '../../domain/tenant.ts';
import type { PersonalData } from '../personal-data.ts';

/** Where a record stands in its partition, dense from 0. */
export type LogPosition = { readonly partition: number; readonly offset: number };

export type LoggedRecord = {
  readonly position: LogPosition;
  readonly tenantId: string;
  readonly record: LogRecord;
};

/**
 * The activity log: every record once acknowledged is kept, in order for one tenant and lead, and can be
 * read again from any position.
 */
export interface ActivityLog {
  /**
   * Resolves when every record is durable (fsynced, or acknowledged by all in-sync replicas), with the
   * position of each in input order. Rejects with `BACKEND_UNAVAILABLE` (nothing may be assumed of the
   * records; appending them again is harmless) or, before memory grows, with `RATE_LIMITED`.
   */
  append(tenant: Tenant, records: readonly LogRecord[], signal: AbortSignal): Promise<readonly LogPosition[]>;
  /** Records of all tenants in order, in batches, from `offset` of a partition to the end as it is at the call. */
  read(partition: number, offset: number, signal: AbortSignal): AsyncIterable<readonly LoggedRecord[]>;
  /** The partitions with their first kept offset and the offset the next record will get. */
  partitions(signal: AbortSignal): Promise<readonly { partition: number; first: number; next: number }[]>;
  close(): Promise<void>;
}

/** A log that can forget a person. */
export interface PersonalLog extends Pick<PersonalData, 'export'> {
  /**
   * Puts tombstones in the places of all records of the person that stand before the record of the erasure. Updates of
   * other leads lose their links to the person. No position moves, and later records stay. Does nothing where the log
   * has no record of the erasure. Safe to repeat, and after a crash at any point.
   * @throws DomainError `BACKEND_UNAVAILABLE` or `TIMEOUT`: a part may be done; repeat it
   */
  erase(tenant: Tenant, erasure: Erasure, signal: AbortSignal): Promise<void>;
}

/** Partition → the first offset that a store may not have yet; everything before it, it has. */
export type LogPositions = ReadonlyMap<number, number>;

/**
 * Where each partition of a log stood when leads were erased. Records of such a lead before these positions are left out
 * by everybody who reads the log; later records are of a new person.
 */
export interface ErasedLeads {
  /**
   * By lead, the positions of its latest erasure; leads that nobody erased are left out.
   * @throws DomainError `BACKEND_UNAVAILABLE` or `TIMEOUT`: a caller that can't know must not go on
   */
  linesOf(
    tenant: Tenant,
    leads: readonly LeadKey[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<LeadKey, LogPositions>>;
}

/** Whether a record stands before these positions. In a partition that came later none does. */
export const isBefore = ({ partition, offset }: LogPosition, lines: LogPositions): boolean =>
  offset < (lines.get(partition) ?? 0);

/**
 * The log positions that a store has applied. The store itself keeps them, so that both can't contradict each other.
 */
export interface Checkpoints {
  load(signal: AbortSignal): Promise<LogPositions>;
  /** Sets the offsets of these partitions, leaving those of others. */
  save(positions: LogPositions, signal: AbortSignal): Promise<void>;
}
