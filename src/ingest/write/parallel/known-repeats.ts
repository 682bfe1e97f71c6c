import type { ErasedLeads } from '../../../datasources/activity-log/port.ts';
import type { Activity } from '../../../domain/activity.ts';
import { hashOfId, parseActivityId } from '../../../domain/ids.ts';
import type { LeadKey } from '../../../domain/lead.ts';
import type { Tenant } from '../../../domain/tenant.ts';
import type { Breaker } from '../../../lib/breaker.ts';
import { createRecentIds } from './recent-ids.ts';

/** The first activity of a message, as far as it decides about repeats. */
type First = Pick<Activity, 'id' | 'contentDigest'>;

/** Finds the settled firsts of messages, by `messageHash`. */
export type FindSettled = (
  tenant: Tenant,
  hashes: readonly string[],
  signal: AbortSignal,
) => Promise<ReadonlyMap<string, First>>;

export type KnownRepeats = {
  /**
   * By the message's hash, the first that is known; others may be repeats as well.
   * @param isSearched whether settled messages are looked up in the store, too
   */
  of(
    tenant: Tenant,
    activities: readonly Activity[],
    isSearched: boolean,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, First>>;
  /** Remembers activities that this process accepted. */
  accept(activities: Iterable<Activity>): void;
};

type KnownRepeatsOptions = {
  readonly settled: FindSettled;
  readonly breaker: Breaker;
  /** People who were erased, where the store knows them: their remembered messages count no more. */
  readonly erased?: ErasedLeads | undefined;
  /** Messages that are remembered. */
  readonly max: number;
  onError(error: unknown): void;
};

/** Repeats of messages that this process accepted, or that are settled. */
export function createKnownRepeats(options: KnownRepeatsOptions): KnownRepeats {
  const { settled, breaker, max, onError } = options;
  const accepted = createRecentIds(max);

  /** Without firsts of leads that were erased at any time. The store knows their settled messages. */
  const withoutErased = async (
    tenant: Tenant,
    known: ReadonlyMap<string, First>,
    signal: AbortSignal,
  ): Promise<Map<string, First>> => {
    const leadOf = ({ id }: First): LeadKey => parseActivityId(id)?.leadKey ?? '';
    const lines = await options.erased?.linesOf(
      tenant,
      [...new Set([...known.values()].map(leadOf))],
      signal,
    );
    return new Map([...known].filter(([, first]) => !lines?.has(leadOf(first))));
  };

  return {
    async of(tenant, activities, isSearched, signal) {
      const remembered = new Map<string, First>();
      for (const { id } of activities) {
        const first = accepted.firstOf(id);
        if (first !== undefined) remembered.set(hashOfId(id), first);
      }
      // While the store is away, what is remembered counts as it is.
      const known =
        remembered.size === 0
          ? remembered
          : await withoutErased(tenant, remembered, signal).catch(() => remembered);
      if (!isSearched || !breaker.allows()) return known;
      const unknown = new Set(activities.map(({ id }) => hashOfId(id)).filter((hash) => !known.has(hash)));
      if (unknown.size === 0) return known;
      try {
        for (const [hash, first] of await settled(tenant, [...unknown], signal)) known.set(hash, first);
        breaker.succeeded();
      } catch (error) {
        if (signal.aborted) throw error;
        // A repeat that is not recognised is written, and counts once as well.
        breaker.failed();
        onError(error);
      }
      return known;
    },
    accept(activities) {
      for (const { id, contentDigest } of activities) accepted.add(id, contentDigest);
    },
  };
}
