import { randomUUID } from 'node:crypto';
import { isMissingConnection } from '../protocol/errors.ts';
import * as requests from '../protocol/requests.ts';
import type { Channel } from '../transport/channel.ts';
import { type Reply, rpc } from '../transport/rpc.ts';

/**
 * One Avatica connection over one channel. It opens at its first use. When the server no longer knows it, the next use
 * opens another under another id.
 */
export type Connection = {
  readonly id: string;
  /** Whether the server knows the connection on the TCP connection that there is. */
  readonly isVerified: boolean;
  /** Whether the server was seen to take times as they are. */
  isUtc: boolean;
  /** Opens or verifies where needed, one step at a time. @returns why statements can't be run; undefined when they can */
  ready(signal: AbortSignal): Promise<Reply | undefined>;
  /** Posts over the verified TCP connection. */
  post(request: Uint8Array, expected: string, signal: AbortSignal): Promise<Reply>;
  /** Notes a use of the connection that the server counts as one. */
  touch(): void;
  /** Forgets the connection: the next use opens another. */
  forget(): void;
  /** Forgets it and hands its id over to be closed, where the server may have heard of it. */
  abandon(): void;
};

/**
 * After 10 minutes without another use than running statements the server closes a connection, in the middle of
 * one if need be. So it is used before.
 */
const TOUCH_MS = 120_000;

export type ConnectionOptions = {
  /** Properties of the Phoenix connection. */
  readonly properties: Readonly<Record<string, string>>;
  /** Takes ids of connections that may be open at the server and aren't used any more. */
  onOrphan(connectionId: string): void;
  /** Called whenever the connection is forgotten, with all of its statements. */
  onForgotten(): void;
  /** Milliseconds that never run backwards. */
  clock(): number;
};

export function createConnection(channel: Channel, options: ConnectionOptions): Connection {
  const { onOrphan, onForgotten, clock, properties } = options;
  let id: string = randomUUID();
  /** Whether the server has, or may have, heard of `id`: an id can be opened once only. */
  let isUsed = false;
  let isOpened = false;
  let isVerified = false;
  let touchedAt = 0;

  const forget = (): void => {
    id = randomUUID();
    isUsed = false;
    isOpened = false;
    isVerified = false;
    connection.isUtc = false;
    onForgotten();
  };
  const abandon = (): void => {
    if (!isUsed) return;
    onOrphan(id);
    forget();
  };
  const post = async (request: Uint8Array, expected: string, dial: boolean, signal: AbortSignal) => {
    const reply = await rpc(channel, request, expected, { dial, signal });
    if (reply.is === 'not-connected' || reply.is === 'lost') isVerified = false;
    else if (reply.is === 'refused' && isMissingConnection(reply.error)) forget();
    return reply;
  };
  const open = async (signal: AbortSignal): Promise<Reply> => {
    isUsed = true;
    const reply = await post(requests.openConnection(id, properties), 'OpenConnectionResponse', true, signal);
    if (reply.is === 'ok') isOpened = true;
    else if (reply.is === 'unreachable' || reply.is === 'not-connected') isUsed = false;
    // Else perhaps it is open all the same.
    else abandon();
    return reply;
  };

  const connection: Connection = {
    get id() {
      return id;
    },
    get isVerified() {
      return isVerified;
    },
    isUtc: false,
    async ready(signal) {
      if (isVerified && clock() - touchedAt < TOUCH_MS) return undefined;
      if (!isOpened) {
        const opened = await open(signal);
        if (opened.is !== 'ok') return opened;
      }
      const reply = await post(requests.connectionSync(id), 'ConnectionSyncResponse', true, signal);
      if (reply.is !== 'ok') return reply;
      isVerified = true;
      touchedAt = clock();
      return undefined;
    },
    post: (request, expected, signal) => post(request, expected, false, signal),
    touch() {
      touchedAt = clock();
    },
    forget,
    abandon,
  };
  return connection;
}
