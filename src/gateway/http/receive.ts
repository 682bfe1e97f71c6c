import type { IncomingMessage } from 'node:http';
import { DomainError } from '../../lib/errors.ts';
import { tooLarge } from './body.ts';

export type Reception = {
  /** The largest body of the route, as it is sent. */
  readonly maxBytes: number;
  /** The largest body that is read before the credential is known to be good. */
  readonly openBytes: number;
  /** Whether the request's header has a good credential; false without one. @throws DomainError for a bad credential */
  readonly authorise: (address: string | undefined) => Promise<boolean>;
};

export interface Receiver {
  /**
   * Reads a body as it was sent.
   * @throws BodyError with 413 when it is too large
   * @throws DomainError `UNAUTHENTICATED` for a large body without a credential
   * @throws DomainError `RATE_LIMITED` when too many bodies are in flight
   */
  receive(message: IncomingMessage, reception: Reception): Promise<Buffer>;
}

/** Bytes in flight on all connections, of senders with a good credential and of all others. */
const MAX_KNOWN_BYTES = 64 * 1024 * 1024;
const MAX_OTHER_BYTES = 16 * 1024 * 1024;
/** Bytes that a sender may send before its credential is checked. */
export const OPEN_BYTES = 64 * 1024;

const RETRY_MS = 1_000;

/**
 * Reads bodies with a bound over all connections. A small body is read at once; before more is taken, or when too much
 * is under way, the credential must be good. A caller without one can't hold memory, however many connections it opens.
 */
export function createReceiver(): Receiver {
  const held = { known: 0, other: 0 };

  return {
    receive: (message, { maxBytes, openBytes, authorise }) =>
      new Promise((resolve, reject) => {
        const chunks: Buffer[] = [];
        let length = 0;
        let isKnown = false;
        let isOver = false;

        const end = (settle: () => void): void => {
          if (isOver) return;
          isOver = true;
          held[isKnown ? 'known' : 'other'] -= length;
          message.off('data', take).off('end', finish).off('close', leave).off('error', leave);
          settle();
        };
        const fail = (error: unknown): void =>
          end(() => {
            chunks.length = 0;
            // What still comes is thrown away, so that the sender gets to read the answer.
            message.resume();
            reject(error);
          });
        const finish = (): void =>
          end(() => {
            const [only, ...more] = chunks;
            resolve(only && more.length === 0 ? only : Buffer.concat(chunks));
          });
        const leave = (): void =>
          fail(new DomainError('TIMEOUT', 'The connection was closed before the whole body came.'));

        const ask = (): void => {
          message.pause();
          authorise(message.socket.remoteAddress).then((isGood) => {
            if (isOver) return;
            if (isGood) {
              isKnown = true;
              held.other -= length;
              held.known += length;
            }
            if (!isGood && length > openBytes) fail(unknownSender(openBytes));
            else if (!isGood || held.known > MAX_KNOWN_BYTES) fail(overfull());
            else message.resume();
          }, fail);
        };
        const take = (chunk: Buffer): void => {
          length += chunk.length;
          held[isKnown ? 'known' : 'other'] += chunk.length;
          chunks.push(chunk);
          if (length > maxBytes) fail(tooLarge(maxBytes));
          else if (!isKnown && (length > openBytes || held.other > MAX_OTHER_BYTES)) ask();
          else if (isKnown && held.known > MAX_KNOWN_BYTES) fail(overfull());
        };

        message.on('data', take).on('end', finish).on('close', leave).on('error', leave);
        if (Number(message.headers['content-length']) > maxBytes) fail(tooLarge(maxBytes));
      }),
  };
}

const unknownSender = (openBytes: number): DomainError =>
  new DomainError(
    'UNAUTHENTICATED',
    `Without a good credential in the header 'Authorization' a body has at most ${openBytes} bytes.`,
  );

const overfull = (): DomainError =>
  new DomainError('RATE_LIMITED', 'Too many bodies are under way at once. Send it again shortly.', {
    retryAfterMs: RETRY_MS,
  });
