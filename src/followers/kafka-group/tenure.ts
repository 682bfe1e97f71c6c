import { kafkaUnavailable } from '../../datasources/activity-log/kafka/config.ts';
import { backoff, type RetryPolicy, retry, waitUnref } from '../../lib/retry.ts';
import type { Feed } from './feed-source.ts';
import type { GroupMember } from './group-member.ts';

/** The partitions of one assignment, for as long as they are this member's. */
export type Tenure = {
  readonly partitions: readonly number[];
  readonly controller: AbortController;
  /** Aborts when the tenure begins to end: nothing new is begun. */
  readonly ending: AbortController;
  readonly feeds: Set<Feed>;
  /** The next offset to be handled, by partition. */
  readonly positions: Map<number, number>;
  readonly committed: Map<number, number>;
  work: Promise<unknown>;
};

const delayMs = backoff({ firstMs: 100, maxMs: 10_000 });
/** How long a batch is waited for after it was aborted. */
const ABANDON_MS = 1_000;

export const createTenure = (partitions: readonly number[]): Tenure => ({
  partitions,
  controller: new AbortController(),
  ending: new AbortController(),
  feeds: new Set(),
  positions: new Map(),
  committed: new Map(),
  work: Promise.resolve(),
});

/** Retries until the work is done or the tenure ends. @returns whether it was done */
export async function persist(
  own: Tenure,
  work: (attempt: number) => Promise<void>,
  onError: (error: unknown) => void,
): Promise<boolean> {
  const { signal } = own.ending;
  if (signal.aborted) return false;
  const policy: RetryPolicy = {
    signal,
    delayMs,
    wait: waitUnref,
    isRetryable: () => !own.controller.signal.aborted,
    onError(error) {
      if (!own.controller.signal.aborted) onError(error);
    },
  };
  return retry((attempt) => work(attempt - 1), policy).then(
    () => true,
    () => false,
  );
}

/** Ends a tenure: batches under way get `drainMs` to end, and are aborted then. */
export async function endTenure(own: Tenure, drainMs: number): Promise<void> {
  own.ending.abort();
  for (const feed of own.feeds) feed.close();
  const abandon = setTimeout(
    () => own.controller.abort(kafkaUnavailable(new Error('the partition is going to another process'))),
    drainMs,
  );
  await Promise.race([own.work, waitUnref(drainMs + ABANDON_MS)]);
  clearTimeout(abandon);
  own.controller.abort(kafkaUnavailable(new Error('the partition is another process')));
}

/** Commits the offsets of everything that was handled. @throws Error when nothing was committed */
export async function commitHandled(own: Tenure, member: GroupMember): Promise<void> {
  const changed = new Map([...own.positions].filter(([key, offset]) => own.committed.get(key) !== offset));
  if (changed.size === 0) return;
  await member.commit(changed);
  for (const [partition, offset] of changed) own.committed.set(partition, offset);
}

/**
 * Records that are in the log and not handled yet, by partition.
 * @param boundsOf the ends of partitions
 * @throws DomainError `BACKEND_UNAVAILABLE` while that is not known
 */
export async function lagOf(
  own: Tenure | undefined,
  boundsOf: (partitions: readonly number[]) => Promise<ReadonlyMap<number, { readonly end: number }>>,
): Promise<ReadonlyMap<number, number>> {
  if (!own) throw kafkaUnavailable(new Error('not a member of the group now'));
  const unknown = own.partitions.filter((partition) => !own.positions.has(partition));
  if (unknown.length > 0)
    throw kafkaUnavailable(new Error(`the start of partitions ${unknown.join()} is not known yet`));
  if (own.partitions.length === 0) return new Map();
  const positions = new Map(own.positions);
  const bounds = await boundsOf([...positions.keys()]).catch((error: unknown) => {
    throw kafkaUnavailable(error);
  });
  return new Map(
    [...positions].map(([partition, offset]) => [
      partition,
      Math.max(0, (bounds.get(partition)?.end ?? offset) - offset),
    ]),
  );
}
