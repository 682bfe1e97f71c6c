import type { ActivityLog, Checkpoints, LogPositions } from '../../datasources/activity-log/port.ts';
import type { TenantOf } from '../../domain/tenant.ts';
import { retry } from '../../lib/retry.ts';
import { byTenant } from './by-tenant.ts';
import { applyFromLog, type FromLogSink } from './from-log.ts';
import type { Applied } from './write-apply.ts';

export type RecoverOptions = FromLogSink & {
  readonly log: Pick<ActivityLog, 'read' | 'partitions'>;
  /** Makes the tenants of the installation; of one without a secret unless given. */
  readonly tenantOf?: TenantOf | undefined;
  readonly checkpoints: Pick<Checkpoints, 'load'>;
  readonly signal: AbortSignal;
  /** Called after each batch. */
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
};

export type Recovery = {
  /** Where the store now is, and the writer begins. */
  readonly positions: LogPositions;
  /** Records that were looked at. Those the store had already changed nothing. */
  readonly replayed: number;
  /** Records that the store refused; they are among the failed activities. */
  readonly refused: number;
};

/** The log ends before the place that the store has come to: log files were lost or replaced. */
class LogShorterError extends Error {
  constructor(end: number, checkpoint: number) {
    super(
      `The activity log ends at record ${end}, but the store has everything up to record ${checkpoint}: files of the log are missing. Nothing was changed. ` +
        "Restore the log from a copy. If there is none, 'npm run log -- --accept-damage' continues the log behind the lost records; the store keeps what it has.",
    );
    this.name = 'LogShorterError';
  }
}

const ATTEMPTS = 8;

/**
 * Brings the store up to the end of the log, from its checkpoint, as the applier does while the process lives. An empty
 * store is rebuilt. To be called before the first write. It can be stopped or killed at any point and run again.
 * Concurrent runs (several processes on one database) do the same work twice and no harm.
 *
 * On the embedded profile (file log and PGlite), this data survives:
 *
 * - `kill -9`, a crash of Node: everything acknowledged is in the log, synced. PGlite's own files are in the page cache
 *   of the operating system, which survives. PGlite replays its write-ahead log, and this function replays the records
 *   that the store missed. Nothing is counted twice: activities are known by (tenant, messageId), and roll-ups and
 *   checkpoint are in the transaction of their rows.
 * - Power loss, a crash of the operating system: the log has everything acknowledged. PGlite never syncs,
 *   so its files may be older, or damaged without a sign. While its write-ahead log is whole, its checkpoint is never
 *   newer than its data. Otherwise nothing in it can be trusted: remove the directory (see `openPowerGuard`), and this
 *   function rebuilds all of it from the log.
 * - Loss of the database's directory alone: rebuilt from the log. Tenants and API keys are lost, as they were never in it.
 * - Loss of the log's directory alone: the start is refused (`LogShorterError`) until an operator restores the log or
 *   accepts the loss. From then until the next copy of both, a loss of the store is final.
 * - Loss of the disk: nothing. Keep a copy of the log elsewhere.
 *
 * @throws LogShorterError when the log ends before the store's checkpoint
 * @throws Error of the store when it doesn't take the records after several attempts
 */
export async function recover(options: RecoverOptions): Promise<Recovery> {
  const { log, checkpoints, signal } = options;
  const saved = await checkpoints.load(signal);
  const partitions = await log.partitions(signal);
  for (const { partition, next } of partitions) {
    const checkpoint = saved.get(partition) ?? 0;
    if (checkpoint > next) throw new LogShorterError(next, checkpoint);
  }
  const positions = new Map(
    partitions.map(({ partition, first }) => [partition, Math.max(saved.get(partition) ?? 0, first)]),
  );
  const total = partitions.reduce(
    (sum, { partition, next }) => sum + next - (positions.get(partition) ?? 0),
    0,
  );
  let [replayed, refused] = [0, 0];
  for (const { partition } of partitions) {
    for await (const batch of log.read(partition, positions.get(partition) ?? 0, signal)) {
      const end = (batch.at(-1)?.position.offset ?? -1) + 1;
      const groups = byTenant(batch, options.tenantOf);
      for (const [index, { tenant, logged }] of groups.entries()) {
        signal.throwIfAborted();
        const records = logged.map(({ record }) => record);
        const isLast = index === groups.length - 1;
        const { outcomes } = await withRetries(
          () =>
            applyFromLog(options, tenant, records, () => (isLast ? new Map([[partition, end]]) : undefined)),
          signal,
        );
        for (const { kind } of outcomes.values()) if (kind === 'refused') refused += 1;
      }
      positions.set(partition, end);
      replayed += batch.length;
      options.onProgress?.({ done: replayed, total: Math.max(total, replayed) });
    }
  }
  return { positions, replayed, refused };
}

async function withRetries(work: () => Promise<Applied>, signal: AbortSignal): Promise<Applied> {
  const applyAll = async (): Promise<Applied> => {
    const applied = await work();
    if (applied.failure) throw applied.failure;
    return applied;
  };
  try {
    return await retry(applyAll, { attempts: ATTEMPTS, delayMs: (attempt) => 100 * 2 ** attempt, signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}
