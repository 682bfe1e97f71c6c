import type { Policy, Verdict } from '../draft/draft.ts';
import type { Collector } from './collector.ts';

/** How many items of one dialect got one verdict since the process began. */
export type ItemCount = {
  readonly dialect: Policy['source'];
  /** `warned`: of the accepted, those with warnings. */
  readonly status: Verdict['status'] | 'warned';
  readonly count: number;
};

/** A collector that counts its verdicts for every caller: senders of every dialect, replays and imports. */
export function counting(collector: Collector): {
  readonly collector: Collector;
  counts(): readonly ItemCount[];
} {
  const counted = new Map<string, ItemCount>();
  const add = (dialect: ItemCount['dialect'], status: ItemCount['status']): void => {
    const key = `${dialect} ${status}`;
    counted.set(key, { dialect, status, count: (counted.get(key)?.count ?? 0) + 1 });
  };
  return {
    collector: {
      ...collector,
      async collect(tenant, batch, signal) {
        const verdicts = await collector.collect(tenant, batch, signal);
        const dialect = batch.policy.source;
        for (const verdict of verdicts) {
          add(dialect, verdict.status);
          if ('warnings' in verdict) add(dialect, 'warned');
        }
        return verdicts;
      },
    },
    counts: () => [...counted.values()],
  };
}
