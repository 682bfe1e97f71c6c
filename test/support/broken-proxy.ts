import { createServer, request as httpRequest, type Server } from 'node:http';

/**
 * Stands between the SDK and the server and breaks some requests, as networks and gateways do: every fifth
 * is refused unseen, every seventh is delivered and then answered 503, so that the SDK sends it again.
 */
export async function brokenProxy(
  target: string,
): Promise<{ url: string; faults: { unseen: number; delivered: number }; close(): void }> {
  const faults = { unseen: 0, delivered: 0 };
  let count = 0;
  const server: Server = createServer((incoming, outgoing) => {
    count += 1;
    const refuse = () => outgoing.writeHead(503, { 'retry-after': '0' }).end('{}');
    if (count % 5 === 0) {
      faults.unseen += 1;
      incoming.resume().on('end', refuse);
      return;
    }
    const isLost = count % 7 === 0;
    const forwarded = httpRequest(
      `${target}${incoming.url}`,
      { method: incoming.method ?? 'POST', headers: incoming.headers },
      (answer) => {
        if (isLost) {
          faults.delivered += 1;
          answer.resume().on('end', refuse);
        } else {
          outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
          answer.pipe(outgoing);
        }
      },
    );
    incoming.pipe(forwarded);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { url: `http://127.0.0.1:${address.port}`, faults, close: () => server.close() };
}
