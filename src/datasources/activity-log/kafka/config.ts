import { subscribe } from 'node:diagnostics_channel';
import type { EventEmitter } from 'node:events';
import { abortReason, DomainError } from '../../../lib/errors.ts';
import type { TlsOptions } from '../../../lib/tls.ts';

/** Where a Kafka cluster is and how to get in. */
export type KafkaConfig = {
  /** `host:port` of some brokers; the rest are found through them. */
  readonly brokers: readonly string[];
  /** What names of topics, consumer groups and transactional ids begin with; empty or with its own separator. */
  readonly prefix: string;
  readonly clientId: string;
  /** Over TLS, where given. */
  readonly tls?: TlsOptions | undefined;
  readonly sasl?:
    | {
        readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512';
        readonly username: string;
        readonly password: string;
      }
    | undefined;
};

/**
 * A connection that fails twice, as in a handshake and by what was still to be sent in it, says so twice. The library
 * (2.12.1) listens to the first, which who waits for the connection is told; and an error that nobody listens to ends
 * the process.
 */
subscribe('plt:kafka:instances', (message) => {
  const { type, instance } = message as { type: string; instance: EventEmitter };
  if (type === 'connection') instance.on('error', () => {});
});

/** The topics: what was accepted, what of it was the first of its message, and what was not. */
export const activitiesTopic = (config: KafkaConfig): string => `${config.prefix}activities`;
export const uniqueTopic = (config: KafkaConfig): string => `${config.prefix}unique`;
export const repeatsTopic = (config: KafkaConfig): string => `${config.prefix}repeats`;

/** How long to wait before an operation is tried again, in milliseconds. */
const RETRY_DELAY_MS = 150;
/**
 * The broker refuses a transaction while it still ends the one before it on that transactional id, which takes
 * some milliseconds: the usual wait would be most of a transaction's time.
 */
const NEXT_TRANSACTION_DELAY_MS = 3;

/** What every client of the library is opened with. */
export function clientOptions(config: KafkaConfig) {
  return {
    clientId: config.clientId,
    bootstrapBrokers: [...config.brokers],
    connectTimeout: 3_000,
    requestTimeout: 10_000,
    retries: 3,
    retryDelay: (_client: object, operation: string) =>
      operation === 'addPartitionsToTransaction' ? NEXT_TRANSACTION_DELAY_MS : RETRY_DELAY_MS,
    ...(config.tls ? { tls: config.tls } : {}),
    ...(config.sasl ? { sasl: { ...config.sasl } } : {}),
  };
}

/** What the library threw, as our error: Kafka does not answer, or not with what was asked for. */
export const kafkaUnavailable = (cause: unknown): DomainError =>
  cause instanceof DomainError
    ? cause
    : new DomainError('BACKEND_UNAVAILABLE', 'The activity log does not answer. Try again shortly.', {
        cause,
      });

/**
 * Waits for a call of the library, which takes no signal itself.
 * @throws DomainError the signal's reason, or `BACKEND_UNAVAILABLE`, also when `timeoutMs` are over
 */
export async function within<T>(call: Promise<T>, signal: AbortSignal, timeoutMs: number): Promise<T> {
  const gaveUp = Promise.withResolvers<never>();
  const onAbort = (): void => gaveUp.reject(abortReason(signal));
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  const timer = setTimeout(
    () => gaveUp.reject(kafkaUnavailable(new Error(`no answer within ${timeoutMs} ms`))),
    Math.max(0, timeoutMs),
  );
  try {
    return await Promise.race([gaveUp.promise, call]);
  } catch (error) {
    // Nobody waits for it any more, whatever becomes of it.
    call.catch(() => {});
    throw kafkaUnavailable(error);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}
