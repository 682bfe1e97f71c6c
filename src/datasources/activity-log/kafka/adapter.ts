import type { LogRecord } from '../../../domain/activity.ts';
import { assertTenant, type Tenant } from '../../../domain/tenant.ts';
import { abortReason, badInput, DomainError } from '../../../lib/errors.ts';
import type { ActivityLog, LogPosition } from '../port.ts';
import { activitiesTopic, type KafkaConfig, within } from './config.ts';
import { type Fetcher, openFetcher } from './fetch.ts';
import { createLane, type Lane, type Outgoing, type Sending } from './lane.ts';
import { encodeMessage, placeOf } from './message.ts';
import { CALL_TIMEOUT_MS, readSpan } from './records.ts';
import { createKafkaSender } from './sender.ts';

export type KafkaLogConfig = KafkaConfig & {
  /** Bytes of records that may wait or be under way; beyond, appends are refused as `RATE_LIMITED`. */
  readonly maxHeldBytes?: number | undefined;
  /** An append that is not acknowledged after this long has failed (`BACKEND_UNAVAILABLE`). */
  readonly appendTimeoutMs?: number | undefined;
  /** Lines of sends, each with a connection of its own; partitions are dealt out among them. */
  readonly lanes?: number | undefined;
  readonly compression?: 'none' | 'gzip' | 'lz4' | 'zstd' | 'snappy' | undefined;
};

const MIB = 1024 * 1024;
/** What goes in one request, unless a single record is longer: several of the writer's batches, for one is under way at a time. */
const BATCH_BYTES = 4 * MIB;
/** As in the segment log. */
const MAX_RECORD_BYTES = 16 * MIB;
/** What a message costs besides its value. */
const OVERHEAD_BYTES = 64;

/**
 * The activity log in Kafka: acknowledged by all in-sync replicas, each record once even where a request had to
 * be sent again, in order for one tenant and lead (`placeOf`). Connects when first used. The topic must be there
 * (`createTopics`) and be written by nothing else: its offsets are dense because no transaction writes to it.
 */
export function openKafkaLog(config: KafkaLogConfig): ActivityLog {
  const maxHeldBytes = config.maxHeldBytes ?? 64 * MIB;
  const appendTimeoutMs = config.appendTimeoutMs ?? 5_000;
  const topic = activitiesTopic(config);
  const senders = Array.from({ length: config.lanes ?? 1 }, () => createKafkaSender(config, topic));
  const fetchers: Fetcher[] = [];
  let heldBytes = 0;
  let isClosed = false;
  let knownPartitions: number | undefined;

  const lanes = senders.map(
    (sender): Lane =>
      createLane({
        maxBatchBytes: BATCH_BYTES,
        send: sender.send,
        onReleased(bytes) {
          heldBytes -= bytes;
        },
      }),
  );

  /** A fetcher serves one read at a time: its session with the broker knows one set of offsets. */
  const withFetcher = async <T>(use: (fetcher: Fetcher) => Promise<T>): Promise<T> => {
    if (isClosed) throw new DomainError('BACKEND_UNAVAILABLE', 'The activity log is closed.');
    const fetcher = fetchers.pop() ?? openFetcher(config, topic);
    try {
      const result = await use(fetcher);
      fetchers.push(fetcher);
      return result;
    } catch (error) {
      // It may have a call under way still.
      void fetcher.close().catch(() => {});
      throw error;
    }
  };

  const countPartitions = async (signal: AbortSignal, timeoutMs: number): Promise<number> => {
    knownPartitions = await within(
      withFetcher(async (fetcher) => (await fetcher.leaders()).length),
      signal,
      timeoutMs,
    );
    return knownPartitions;
  };

  /** Lays records out for their lanes, in requests of a bounded size. */
  const layOut = (tenant: Tenant, records: readonly LogRecord[], count: number) => {
    const requests: { lane: Lane; messages: Outgoing[]; indexes: number[]; bytes: number }[] = [];
    const open = new Map<Lane, (typeof requests)[number]>();
    const placed = records.map((record, index) => {
      const value = encodeMessage(tenant.id, record);
      if (value.length > MAX_RECORD_BYTES)
        throw badInput(`The record is too long: ${value.length} bytes, at most ${MAX_RECORD_BYTES}.`);
      const { key, partition } = placeOf(tenant, record, count);
      const lane = lanes[partition % lanes.length] as Lane;
      const bytes = value.length + OVERHEAD_BYTES;
      let request = open.get(lane);
      if (!request || request.bytes + bytes > BATCH_BYTES) {
        request = { lane, messages: [], indexes: [], bytes: 0 };
        open.set(lane, request);
        requests.push(request);
      }
      request.messages.push({ partition, key, value });
      request.indexes.push(index);
      request.bytes += bytes;
      return partition;
    });
    return { requests, placed };
  };

  return {
    async append(tenant, records, signal) {
      assertTenant(tenant);
      if (signal.aborted) throw abortReason(signal);
      if (isClosed) throw new DomainError('BACKEND_UNAVAILABLE', 'The activity log is closed.');
      if (records.length === 0) return [];
      const started = performance.now();
      const count = knownPartitions ?? (await countPartitions(signal, appendTimeoutMs));
      const { requests, placed } = layOut(tenant, records, count);
      const bytes = requests.reduce((sum, request) => sum + request.bytes, 0);
      if (heldBytes > 0 && heldBytes + bytes > maxHeldBytes)
        throw new DomainError('RATE_LIMITED', 'More is being recorded than the activity log takes.', {
          retryAfterMs: 500,
        });
      heldBytes += bytes;
      const sendings = requests.map(({ lane, messages, bytes: own }) => lane.add(messages, own));
      const offsets = await settle(sendings, signal, appendTimeoutMs - (performance.now() - started));
      const positions = new Array<LogPosition>(records.length);
      requests.forEach(({ indexes }, request) => {
        indexes.forEach((index, place) => {
          positions[index] = { partition: placed[index] ?? 0, offset: offsets[request]?.[place] ?? 0 };
        });
      });
      return positions;
    },

    async *read(partition, offset, signal) {
      if (partition >= (knownPartitions ?? (await countPartitions(signal, CALL_TIMEOUT_MS)))) return;
      const bounds = await within(
        withFetcher((fetcher) => fetcher.bounds([partition])),
        signal,
        CALL_TIMEOUT_MS,
      );
      const { first, end } = bounds.get(partition) ?? { first: 0, end: 0 };
      const span = { partition, from: Math.max(offset, first), end };
      const fetch: Fetcher['fetch'] = (...call) => withFetcher((fetcher) => fetcher.fetch(...call));
      for await (const { records } of readSpan(fetch, span, signal)) if (records.length > 0) yield records;
    },

    async partitions(signal) {
      const bounds = await within(
        withFetcher((fetcher) => fetcher.bounds()),
        signal,
        CALL_TIMEOUT_MS,
      );
      return [...bounds]
        .sort(([a], [b]) => a - b)
        .map(([partition, { first, end }]) => ({ partition, first, next: end }));
    },

    async close() {
      if (isClosed) return;
      isClosed = true;
      await Promise.all(lanes.map((lane) => lane.idle()));
      await Promise.all([...senders, ...fetchers].map((client) => client.close().catch(() => {})));
    },
  };
}

/** Waits for every request; what still waits in a lane when the caller gives up is taken back. */
async function settle(
  sendings: readonly Sending[],
  signal: AbortSignal,
  timeoutMs: number,
): Promise<readonly (readonly number[])[]> {
  try {
    return await within(Promise.all(sendings.map(({ offsets }) => offsets)), signal, timeoutMs);
  } catch (error) {
    for (const sending of sendings) {
      sending.offsets.catch(() => {});
      sending.cancel();
    }
    throw error;
  }
}
