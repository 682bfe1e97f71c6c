import { setTimeout as sleep } from 'node:timers/promises';
import type { AvaticaClient, CallOptions } from './client.ts';
import { AvaticaError, type AvaticaErrorCode, unavailable } from './protocol/errors.ts';
import { type Limit, limitOf } from './session/limit.ts';

export type GuardOptions = {
  /** Another client of the same server, of one connection: probes wait behind no other call. */
  readonly prober: Pick<AvaticaClient, 'query'>;
  /** A cheap statement that only a whole cluster answers, such as a row of a table. */
  readonly probe: string;
  /** A call that takes longer asks for a probe, in milliseconds. */
  readonly slowMs?: number;
  /** A probe that takes longer says that the cluster is away, in milliseconds. */
  readonly probeTimeoutMs?: number;
};

/** The guarded calls. `stream` is not guarded: only its reader can begin again. */
type Guarded = Pick<AvaticaClient, 'query' | 'batch'>;

const SLOW_MS = 1_000;
const PROBE_TIMEOUT_MS = 3_000;
const PROBE_EVERY_MS = 500;
/** A call that fails so asks for a probe. */
const SUSPECT: ReadonlySet<AvaticaErrorCode> = new Set(['UNAVAILABLE', 'UNAUTHORIZED', 'TIMEOUT']);

/**
 * Calls that fail fast while the cluster behind the query server is away. The query server itself waits for HBase until
 * its time-out. So a slow or failed call starts a probe. If the probe gets no answer, all calls fail fast with
 * `UNAVAILABLE` until a probe succeeds.
 */
export function guard(client: Guarded, options: GuardOptions): Guarded {
  const { prober, probe, slowMs = SLOW_MS, probeTimeoutMs = PROBE_TIMEOUT_MS } = options;
  const underWay = new Set<Limit>();
  let isAway = false;
  let isProbing = false;

  const suspect = async (): Promise<void> => {
    if (isProbing) return;
    isProbing = true;
    for (;;) {
      try {
        await prober.query(probe, [], { timeoutMs: probeTimeoutMs });
        break;
      } catch (error) {
        isAway = true;
        for (const call of underWay) call.abort(unavailable(error));
        await sleep(PROBE_EVERY_MS, undefined, { ref: false });
      }
    }
    isAway = false;
    isProbing = false;
  };

  const guarded = async <T>(
    call: CallOptions | undefined,
    run: (call: CallOptions) => Promise<T>,
  ): Promise<T> => {
    if (isAway) throw unavailable(new Error('probes are not answered'));
    const limit = limitOf(call?.signal);
    const slow = setTimeout(() => void suspect(), slowMs).unref();
    underWay.add(limit);
    try {
      return await run({ ...call, signal: limit.signal });
    } catch (error) {
      if (error instanceof AvaticaError && SUSPECT.has(error.code) && !call?.signal?.aborted) void suspect();
      throw error;
    } finally {
      clearTimeout(slow);
      limit.end();
      underWay.delete(limit);
    }
  };

  return {
    query: (text, values, call) => guarded(call, (own) => client.query(text, values, own)),
    batch: (text, rows, call) => guarded(call, (own) => client.batch(text, rows, own)),
  };
}
