import { subscribe } from 'node:diagnostics_channel';
import type { EventEmitter } from 'node:events';
import { within } from '../../../lib/abort.ts';
import { DomainError } from '../../../lib/errors.ts';
import type { TlsOptions } from '../../../lib/tls.ts';

/** Where a Kafka cluster is and how to get in. */
export type KafkaConfig = {
  /** `host:port` of some brokers; the rest are found through them. */
  readonly brokers: readonly string[];
  /** Beginning of the names of topics, consumer groups and transactional ids; empty or with its own separator. */
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
 * A failed connection can emit two errors, of its handshake and of pending data. The library (2.12.1) handles the
 * first; an unhandled second would crash the process.
 */
subscribe('plt:kafka:instances', (message) => {
  const { type, instance } = message as { type: string; instance: EventEmitter };
  if (type === 'connection') instance.on('error', () => {});
});

/**
 * The topics: accepted records, first records of each message, repeats, smart campaigns, and the decisions of
 * `cluster/spark`.
 */
export const activitiesTopic = (config: KafkaConfig): string => `${config.prefix}activities`;
export const uniqueTopic = (config: KafkaConfig): string => `${config.prefix}unique`;
export const repeatsTopic = (config: KafkaConfig): string => `${config.prefix}repeats`;
export const campaignsTopic = (config: KafkaConfig): string => `${config.prefix}campaigns`;
export const decisionsTopic = (config: KafkaConfig): string => `${config.prefix}decisions`;
/** Every topic of an installation. */
export const allTopics = (config: KafkaConfig): readonly string[] =>
  [activitiesTopic, uniqueTopic, repeatsTopic, campaignsTopic, decisionsTopic].map((topic) => topic(config));

/** How long to wait before an operation is tried again, in milliseconds. */
const RETRY_DELAY_MS = 150;
/**
 * The broker refuses a transaction while it ends the previous transaction of that transactional id. That takes some
 * milliseconds; the usual backoff would be most of a transaction's time.
 */
const NEXT_TRANSACTION_DELAY_MS = 3;

/** Options of every client of the library. */
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

/** Converts an error of the library: Kafka does not answer, or answers wrongly. */
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
export async function inTime<T>(call: Promise<T>, signal: AbortSignal, timeoutMs: number): Promise<T> {
  const timedOut = (): DomainError => kafkaUnavailable(new Error(`no answer within ${timeoutMs} ms`));
  try {
    return await within(() => call, signal, { ms: Math.max(0, timeoutMs), timedOut });
  } catch (error) {
    throw kafkaUnavailable(error);
  }
}
