import type { AvaticaValue } from './protocol/values.ts';
import { batchesOf, readAll, runBatch } from './session/operations.ts';
import { type CallOptions, createRunner } from './session/runner.ts';
import { type StreamOptions, streamFrames } from './session/stream.ts';
import type { TlsOptions } from './transport/channel.ts';

export type { AvaticaValue } from './protocol/values.ts';
export type { CallOptions } from './session/runner.ts';

export type AvaticaOptions = {
  /** Of the Phoenix Query Server, e.g. `http://127.0.0.1:8765`. */
  readonly url: string;
  /** Avatica connections at most, each with a TCP connection of its own; 8 by default. */
  readonly connections?: number | undefined;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly tls?: TlsOptions | undefined;
  /** Time-out of calls without their own, in milliseconds, with the wait for a connection; 30,000 by default. */
  readonly timeoutMs?: number | undefined;
  /** Properties of each Phoenix connection. */
  readonly connectionProperties?: Readonly<Record<string, string>> | undefined;
};

export type AvaticaClient = {
  /**
   * Runs one statement, committed when the promise resolves.
   *
   * Rows are objects by column label, as the server spells it: upper case unless quoted. Values are as
   * `AvaticaValue` says. `updateCount` is 0 for a statement with rows.
   *
   * A read whose answer is lost is run again once. A write never is: when nobody knows whether it was done, the
   * call rejects, and the caller decides.
   * @throws AvaticaError; the signal's reason when the caller aborts
   */
  query<Row>(
    text: string,
    values?: readonly AvaticaValue[],
    options?: CallOptions,
  ): Promise<{ rows: Row[]; updateCount: number }>;
  /**
   * Runs one statement for each row of values. A round trip has at most 2,000 rows or 8 MiB, and is one commit. Update
   * counts are in the order of the rows. When it rejects, the rows before some point may be written.
   * @throws as `query`
   */
  batch(
    text: string,
    rows: readonly (readonly AvaticaValue[])[],
    options?: CallOptions,
  ): Promise<readonly number[]>;
  /**
   * Runs one statement and yields its rows by frames, as the server sends them. The next frame is fetched when the last
   * is consumed. A connection is held until the end, or until the loop is left, which closes the statement at the
   * server. The time-out is of each frame.
   *
   * Yielded rows can't be repeated in the same order, so a result set that is lost after the first frame is an error.
   * @throws as `query`
   */
  stream<Row>(
    text: string,
    values?: readonly AvaticaValue[],
    options?: StreamOptions,
  ): AsyncIterable<readonly Row[]>;
  /** Waits for calls in flight, then closes all connections, also at the server. */
  close(): Promise<void>;
};

/** A client of one Phoenix Query Server; it connects when it is first used. @throws TypeError for a wrong URL */
export function openAvatica(options: AvaticaOptions): AvaticaClient {
  const runner = createRunner(options);
  return {
    query<Row>(text: string, values: readonly AvaticaValue[] = [], call?: CallOptions) {
      return runner.withSession(call, async (session, signal) => {
        const { rows, updateCount } = await runner.run(session, text, (use) => readAll(use, values), signal);
        return { rows: rows as Row[], updateCount };
      });
    },

    batch(text, rows, call) {
      return runner.withSession(call, async (session, signal) => {
        const counts: number[] = [];
        for (const part of batchesOf(rows))
          for (const count of await runner.run(session, text, (use) => runBatch(use, part), signal))
            counts.push(count);
        return counts;
      });
    },

    stream<Row>(text: string, values: readonly AvaticaValue[] = [], call?: StreamOptions) {
      return streamFrames(runner, text, values, call) as AsyncIterable<readonly Row[]>;
    },

    close: () => runner.close(),
  };
}
