import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** An HTTP connection written byte by byte, for what clients' libraries don't do. */
export type RawConnection = {
  readonly socket: Socket;
  /** Everything that came back so far. */
  received(): string;
  /** Waits until what came back matches. */
  until(pattern: RegExp): Promise<string>;
  /** Everything that came back when the server has closed. */
  ended(): Promise<string>;
};

export async function openRaw(address: string): Promise<RawConnection> {
  const { hostname, port } = new URL(address);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  let text = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    text += chunk;
  });
  const closed = new Promise<void>((resolve) => {
    socket.once('error', () => {});
    socket.once('close', () => resolve());
  });
  return {
    socket,
    received: () => text,
    async until(pattern) {
      while (!pattern.test(text)) {
        if (socket.destroyed) throw new Error(`closed before ${pattern}: ${text}`);
        await Promise.race([once(socket, 'data'), closed]);
      }
      return text;
    },
    async ended() {
      await closed;
      return text;
    },
  };
}

/** A POST of JSON as text. */
export const post = (path: string, body: string, headers: readonly string[] = []): string =>
  [
    `POST ${path} HTTP/1.1`,
    'Host: localhost',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...headers,
    '',
    body,
  ].join('\r\n');
