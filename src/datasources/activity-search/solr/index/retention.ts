import { runRounds } from '../../../../lib/rounds.ts';
import { solrUnavailable } from '../cluster/client.ts';
import type { SearchIndex } from './index.ts';

/** Rows of HBase go at their own time; the index follows at most so much later. */
const EVERY_MS = 3_600_000;
const RETRY_MS = 60_000;
const ROUND_TIMEOUT_MS = 300_000;

export type RetentionOptions = {
  readonly index: Pick<SearchIndex, 'expire'>;
  /** How long an activity is kept after it was received, in milliseconds. */
  readonly retentionMs: number;
  /** Between two rounds, in milliseconds; an hour unless given. */
  readonly everyMs?: number;
  /** Receives errors of failed rounds; the next round retries. */
  onError(error: unknown): void;
};

/** Removes documents beyond the retention from the index, as the rows and the log do. Any number may run. */
export const runRetention = ({ index, retentionMs, everyMs = EVERY_MS, onError }: RetentionOptions) =>
  runRounds((signal) => index.expire(Date.now() - retentionMs, signal), {
    everyMs,
    retryMs: Math.min(RETRY_MS, everyMs),
    timeoutMs: ROUND_TIMEOUT_MS,
    timedOut: solrUnavailable,
    onError,
  });
