import { assertTenant, type TenantOf, verifyTenant } from '../../../domain/tenant.ts';
import { abortReason } from '../../../lib/errors.ts';
import { lockDirectory } from '../../db/directory-lock.ts';
import type { ActivityLog, LoggedRecord, PersonalLog } from '../port.ts';
import { decodeRecord, encodeRecord } from '../record-codec.ts';
import { isErasure, loggedOf, recordOfLeads, withoutLeads } from '../record-leads.ts';
import { openSegmentLog, type SegmentLogOptions } from './segment-file.ts';

const READ_RECORDS = 2_000;
const READ_BYTES = 4 * 1024 * 1024;

/** The activity log in files of this machine, for one process: one partition, every append synced to the disk. */
export interface FileLog extends ActivityLog, PersonalLog {
  /** Bytes of a torn end that were put aside when the log was opened (see `openSegmentLog`). */
  readonly tornBytes: number;
  /** Whether it can be written now. @throws Error that says why not */
  check(): Promise<void>;
}

export type FileLogOptions = SegmentLogOptions & {
  /** Makes the tenants of the installation, used when the log is read; of one without a secret unless given. */
  readonly tenantOf?: TenantOf;
};

/**
 * Opens the log in a directory, which this process has for itself until `close`.
 * @throws Error that names the process which has the directory, or the damaged file
 */
export async function openFileLog(options: FileLogOptions): Promise<FileLog> {
  const unlock = await lockDirectory(options.dir);
  const { tenantOf = verifyTenant } = options;
  const segments = await openSegmentLog(options).catch(async (error: unknown) => {
    await unlock();
    throw error;
  });

  /** The offset of the first record that fits; 0 where there is none. */
  const placeOf = async (fits: (bytes: Uint8Array) => boolean, signal: AbortSignal): Promise<number> => {
    const options = { maxRecords: READ_RECORDS, maxBytes: READ_BYTES, signal };
    for await (const { first, records } of segments.read(segments.firstPosition, options)) {
      const index = records.findIndex(fits);
      if (index !== -1) return first + index;
    }
    return 0;
  };

  return {
    tornBytes: segments.tornBytes,
    check: () => segments.check(),

    async append(tenant, records, signal) {
      assertTenant(tenant);
      if (signal.aborted) throw abortReason(signal);
      if (records.length === 0) return [];
      const { first } = await segments.append(records.map((record) => encodeRecord(tenant.id, record)));
      return records.map((_, index) => ({ partition: 0, offset: first + index }));
    },

    async *read(partition, offset, signal) {
      if (partition !== 0) return;
      const from = Math.max(offset, segments.firstPosition);
      for await (const batch of segments.read(from, {
        maxRecords: READ_RECORDS,
        maxBytes: READ_BYTES,
        signal,
      }))
        yield batch.records.map(
          (bytes, index): LoggedRecord => ({
            position: { partition: 0, offset: batch.first + index },
            ...decodeRecord(bytes, tenantOf),
          }),
        );
    },

    partitions: async () => [{ partition: 0, first: segments.firstPosition, next: segments.nextPosition }],

    async erase(tenant, erasure, signal) {
      assertTenant(tenant);
      const leads = new Set(erasure.leads);
      const until = await placeOf((bytes) => isErasure(bytes, tenant, erasure), signal);
      await segments.rewrite(until, (bytes) => withoutLeads(bytes, tenant, leads), signal);
    },

    async *export(tenant, leads, after, signal) {
      assertTenant(tenant);
      const wanted = new Set(leads);
      const options = { maxRecords: READ_RECORDS, maxBytes: READ_BYTES, signal };
      const start = Math.max(segments.firstPosition, Number(after));
      for await (const { first, records } of segments.read(start, options)) {
        const found = records.flatMap((bytes) => recordOfLeads(bytes, tenant, wanted) ?? []);
        if (found.length > 0) yield { records: found.map(loggedOf), next: String(first + records.length) };
      }
    },

    async close() {
      await segments.close();
      await unlock();
    },
  };
}
