import { setTimeout as sleep } from 'node:timers/promises';
import { limitOf } from '../../domain/limit.ts';
import { solrUnavailable } from './solr-client.ts';
import type { SearchIndex } from './solr-index.ts';

/** Rows of HBase go at their own time; the index follows at most so much later. */
const EVERY_MS = 3_600_000;
/** After a round that failed. */
const RETRY_MS = 60_000;
const ROUND_TIMEOUT_MS = 300_000;

export type RetentionOptions = {
  readonly index: Pick<SearchIndex, 'expire'>;
  /** How long an activity is kept after it was received, in milliseconds. */
  readonly retentionMs: number;
  /** Between two rounds, in milliseconds; an hour unless given. */
  readonly everyMs?: number;
  /** Told of rounds that failed; the next one tries again. */
  onError(error: unknown): void;
};

/** Takes out of the index what is older than the retention, as the rows and the log do. Any number may run. */
export function runRetention({ index, retentionMs, everyMs = EVERY_MS, onError }: RetentionOptions): {
  close(): Promise<void>;
} {
  const closed = new AbortController();
  /** Resolves to how long the next one waits. */
  const round = async (): Promise<number> => {
    const limit = limitOf(closed.signal, { ms: ROUND_TIMEOUT_MS, timedOut: solrUnavailable });
    try {
      await index.expire(Date.now() - retentionMs, limit.signal);
      return everyMs;
    } catch (error) {
      if (!closed.signal.aborted) onError(error);
      return Math.min(RETRY_MS, everyMs);
    } finally {
      limit.end();
    }
  };
  const running = (async () => {
    while (!closed.signal.aborted)
      await sleep(await round(), undefined, { signal: closed.signal }).catch(() => {});
  })();
  return {
    async close() {
      closed.abort();
      await running;
    },
  };
}
