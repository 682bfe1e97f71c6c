import { assertTenant } from '../../../domain/tenant.ts';
import { abortReason, DomainError } from '../../../lib/errors.ts';
import type { ActivityLog, LogPosition } from '../port.ts';
import { activitiesTopic, inTime, type KafkaConfig } from './config.ts';
import { createLane, type Sending } from './lane.ts';
import { logClosed, openReader } from './reader.ts';
import { BATCH_BYTES, layOut } from './requests.ts';
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

const MAX_HELD_BYTES = 64 * 1024 * 1024;
const APPEND_TIMEOUT_MS = 5_000;

/**
 * The activity log in Kafka: acknowledged by all in-sync replicas, each record once even after retries, in order for
 * one tenant and lead (`placeOf`). Connects when first used. The topic must exist (`createTopics`) and have no other
 * writer: its offsets are dense because no transaction writes to it.
 */
export function openKafkaLog(config: KafkaLogConfig): ActivityLog {
  const { maxHeldBytes = MAX_HELD_BYTES, appendTimeoutMs = APPEND_TIMEOUT_MS } = config;
  const topic = activitiesTopic(config);
  const reader = openReader(config, topic);
  const senders = Array.from({ length: config.lanes ?? 1 }, () => createKafkaSender(config, topic));
  let heldBytes = 0;
  let isClosed = false;
  const onReleased = (bytes: number): void => {
    heldBytes -= bytes;
  };
  const lanes = senders.map(({ send }) => createLane({ maxBatchBytes: BATCH_BYTES, send, onReleased }));

  return {
    read: reader.read,
    partitions: reader.partitions,

    async append(tenant, records, signal) {
      assertTenant(tenant);
      if (signal.aborted) throw abortReason(signal);
      if (isClosed) throw logClosed();
      if (records.length === 0) return [];
      const started = performance.now();
      const count = await reader.partitionCount(signal, appendTimeoutMs);
      const { requests, placed } = layOut(tenant, records, lanes, count);
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

    async close() {
      if (isClosed) return;
      isClosed = true;
      await Promise.all([reader.close(), ...lanes.map((lane) => lane.idle())]);
      await Promise.all(senders.map((sender) => sender.close().catch(() => {})));
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
    return await inTime(Promise.all(sendings.map(({ offsets }) => offsets)), signal, timeoutMs);
  } catch (error) {
    for (const sending of sendings) {
      sending.offsets.catch(() => {});
      sending.cancel();
    }
    throw error;
  }
}
