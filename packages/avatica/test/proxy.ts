import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** The fault for the next request with a name. */
export type Fault =
  /** The connection is closed before the server gets the request. */
  | 'close-before'
  /** The server answers, but the connection is closed instead. */
  | 'close-after'
  /** The connection is closed in the middle of the answer. */
  | 'half-answer'
  /** The server never gets the request, and nobody answers. */
  | 'black-hole'
  /** Somebody else answers: status 500 with a page of HTML. */
  | 'html-500'
  /** The server gets the request, and somebody else answers. */
  | 'html-500-after';

export type TcpProxy = {
  readonly url: string;
  /** Names of Avatica requests that came, in order. */
  readonly seen: string[];
  /** The last request of each name, as posted. */
  readonly last: Map<string, Buffer>;
  /** The next `times` requests of this name meet the fault. */
  inject(name: string, fault: Fault, times?: number): void;
  count(name: string): number;
  /** Closes the clients' connections. */
  dropClients(): void;
  /** Refuses connections until `listen`. */
  close(): Promise<void>;
  listen(): Promise<void>;
};

const HTML = '<html><body><h2>HTTP ERROR 500</h2></body></html>';
const HTML_ANSWER = `HTTP/1.1 500 Server Error\r\ncontent-type: text/html\r\ncontent-length: ${HTML.length}\r\n\r\n${HTML}`;

/** A TCP proxy to a query server that loses requests and answers on command. */
export async function startProxy(target: string): Promise<TcpProxy> {
  const { hostname, port: targetPort } = new URL(target);
  const clients = new Set<Socket>();
  const faults: { name: string; fault: Fault }[] = [];
  const seen: string[] = [];
  const last = new Map<string, Buffer>();

  const server = createServer((client) => {
    clients.add(client);
    const upstream = connect(Number(targetPort), hostname);
    let fault: Fault | undefined;
    let request = Buffer.alloc(0);
    const end = (): void => {
      clients.delete(client);
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) socket.on('close', end).on('error', end);

    client.on('data', (chunk) => {
      request = Buffer.concat([request, chunk]);
      const body = request.indexOf('\r\n\r\n') + 4;
      const length = Number(/content-length: (\d+)/i.exec(request.toString('latin1', 0, body))?.[1]);
      // The client sends the next request after the answer to this one.
      if (body < 4 || request.length < body + length) return;
      const whole = request;
      request = Buffer.alloc(0);
      const [, name = ''] = /Requests\$(\w+Request)/.exec(whole.toString('latin1', body, body + 100)) ?? [];
      seen.push(name);
      last.set(name, whole.subarray(body));
      const index = faults.findIndex((one) => one.name === name);
      fault = index < 0 ? undefined : faults.splice(index, 1)[0]?.fault;
      if (fault === 'close-before') end();
      else if (fault === 'html-500') client.write(HTML_ANSWER);
      else if (fault !== 'black-hole') upstream.write(whole);
    });
    upstream.on('data', (chunk) => {
      if (fault === 'close-after') return end();
      if (fault === 'html-500-after') {
        fault = undefined;
        return client.write(HTML_ANSWER);
      }
      if (fault === 'half-answer') return client.end(chunk.subarray(0, chunk.length - 10));
      client.write(chunk);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  const dropClients = (): void => {
    for (const client of clients) client.destroy();
  };
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    last,
    inject(name, fault, times = 1) {
      for (let time = 0; time < times; time++) faults.push({ name, fault });
    },
    count: (name) => seen.filter((one) => one === name).length,
    dropClients,
    async close() {
      if (!server.listening) return;
      server.close();
      dropClients();
      await once(server, 'close');
    },
    async listen() {
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
    },
  };
}
