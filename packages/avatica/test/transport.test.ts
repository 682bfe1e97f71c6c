import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, test } from 'node:test';
import certificates from '../../../test/support/certificates.json' with { type: 'json' };
import { type AvaticaOptions, openAvatica } from '../src/client.ts';
import { decodeRequest, encodeAnswer, type Message } from './proto.ts';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

async function body(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

const TIMESTAMP = 93;
const COLUMN = { label: 'N', type: { id: 4, name: 'INTEGER', rep: 12 } };
/** Answers of a server on which each statement gives one row, N = 1. */
const ANSWERS: Readonly<Record<string, readonly [string, Message]>> = {
  OpenConnectionRequest: ['OpenConnectionResponse', {}],
  ConnectionSyncRequest: ['ConnectionSyncResponse', {}],
  CloseConnectionRequest: ['CloseConnectionResponse', {}],
  CloseStatementRequest: ['CloseStatementResponse', {}],
  PrepareRequest: ['PrepareResponse', {}],
  ExecuteRequest: [
    'ExecuteResponse',
    {
      results: [
        {
          signature: { columns: [COLUMN] },
          first_frame: {
            done: true,
            rows: [{ value: [{ scalar_value: { type: 12, number_value: 1 } }] }],
          },
        },
      ],
    },
  ],
};

type Seen = { readonly name: string; readonly headers: IncomingMessage['headers']; readonly path: string };

/** A server that speaks Avatica, as far as `ANSWERS` goes. @param before may answer instead */
function avatica(
  seen: Seen[],
  before: (name: string, answer: Parameters<RequestListener>[1]) => boolean = () => false,
): RequestListener {
  return async (request, response) => {
    const { name, message: asked } = decodeRequest(await body(request));
    seen.push({ name, headers: request.headers, path: request.url ?? '' });
    if (before(name, response)) return;
    const [answer, message] = ANSWERS[name] ?? assert.fail(name);
    if (name !== 'PrepareRequest') {
      response.end(encodeAnswer(answer, message));
      return;
    }
    const parameters = Array.from(String(asked['sql']).matchAll(/\?/g), () => ({
      parameter_type: TIMESTAMP,
    }));
    response.end(
      encodeAnswer(answer, { statement: { id: 1, signature: { columns: [COLUMN], parameters } } }),
    );
  };
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return (server.address() as AddressInfo).port;
}

const open = (options: AvaticaOptions) => {
  const client = openAvatica({ connections: 1, timeoutMs: 5_000, ...options });
  closers.push(() => client.close());
  return client;
};

test('the path of the URL, the content type and basic credentials are in every request', async () => {
  const seen: Seen[] = [];
  const port = await listen(createServer(avatica(seen)));
  const client = open({ url: `http://127.0.0.1:${port}/gate/way?a=1`, user: 'jürgen', password: 'se:cret' });
  assert.deepEqual((await client.query('SELECT 1')).rows, [{ N: 1 }]);
  assert.ok(seen.length >= 4);
  for (const { headers, path } of seen) {
    assert.equal(path, '/gate/way?a=1');
    assert.equal(headers['content-type'], 'application/x-google-protobuf');
    const [scheme, credentials = ''] = (headers.authorization ?? '').split(' ');
    assert.equal(scheme, 'Basic');
    assert.equal(Buffer.from(credentials, 'base64').toString('utf8'), 'jürgen:se:cret');
  }
});

test('a server that does not let us in is an error that no retry mends', async () => {
  for (const status of [401, 403]) {
    const refuse: RequestListener = (_request, response) => {
      response.writeHead(status, { 'content-type': 'text/html' }).end('<html>no</html>');
    };
    const port = await listen(createServer(refuse));
    const client = open({ url: `http://127.0.0.1:${port}` });
    await assert.rejects(client.query('SELECT 1'), { code: 'UNAUTHORIZED', retryable: false });
  }
});

test('a status other than 200 with a body that looks right is no answer', async () => {
  const seen: Seen[] = [];
  let status = 503;
  const port = await listen(
    createServer(
      avatica(seen, (name, response) => {
        if (name === 'ExecuteRequest') response.statusCode = status;
        return false;
      }),
    ),
  );
  const client = open({ url: `http://127.0.0.1:${port}` });
  await assert.rejects(client.query('SELECT 1'), { code: 'UNAVAILABLE' });
  status = 200;
  assert.deepEqual((await client.query('SELECT 1')).rows, [{ N: 1 }]);
});

test('an answer of another message, or of none, is an error and not an empty result', async () => {
  for (const answer of [
    encodeAnswer('FetchResponse', {}),
    encodeAnswer('ExecuteResponse', {}),
    Buffer.from('hello'),
    Buffer.alloc(0),
  ]) {
    const port = await listen(
      createServer(
        avatica([], (name, response) => {
          if (name !== 'ExecuteRequest') return false;
          response.end(answer);
          return true;
        }),
      ),
    );
    const client = open({ url: `http://127.0.0.1:${port}` });
    await assert.rejects(client.query('SELECT 1'), { code: 'UNAVAILABLE' });
  }
});

test('an answer without end is cut off', async () => {
  let sent = 0;
  const port = await listen(
    createServer(
      avatica([], (name, response) => {
        if (name !== 'ExecuteRequest') return false;
        const chunk = Buffer.alloc(1 << 20);
        const push = (): void => {
          while (!response.destroyed) {
            sent += chunk.length;
            if (!response.write(chunk)) break;
          }
        };
        response.on('drain', push);
        push();
        return true;
      }),
    ),
  );
  const client = open({ url: `http://127.0.0.1:${port}`, timeoutMs: 60_000 });
  await assert.rejects(client.query('SELECT 1'), { code: 'UNAVAILABLE' });
  // Once more as it is a read; and what is under way in buffers.
  assert.ok(sent < 3 * 256 * (1 << 20), `${sent} bytes`);
});

test('no more TCP connections are made than were allowed, and they are kept', async () => {
  const server = createServer(avatica([]));
  let connections = 0;
  server.on('connection', () => (connections += 1));
  const port = await listen(server);
  const client = open({ url: `http://127.0.0.1:${port}`, connections: 3 });
  for (let round = 0; round < 5; round++)
    await Promise.all(Array.from({ length: 20 }, () => client.query('SELECT 1')));
  assert.equal(connections, 3);
});

test('TLS: the authority decides whom the client trusts, and its own certificate whom the server does', async () => {
  // Made for these tests, for 127.0.0.1 and a hundred years: openssl req -x509 -newkey ec -nodes -days 36500 …
  const { server, client } = certificates;
  const port = await listen(createTlsServer({ ...server, ca: client.cert, requestCert: true }, avatica([])));
  const url = `https://127.0.0.1:${port}`;
  const tls = { ...client, ca: server.cert };
  assert.deepEqual((await open({ url, tls }).query('SELECT 1')).rows, [{ N: 1 }]);
  for (const wrong of [{}, { ca: tls.ca }, { ...tls, ca: client.cert }])
    await assert.rejects(open({ url, tls: wrong }).query('SELECT 1'), { code: 'UNAVAILABLE' });
});

test('a URL that is none of HTTP is refused at once', () => {
  for (const url of ['127.0.0.1:8765', 'jdbc:phoenix:thin', 'ftp://127.0.0.1'])
    assert.throws(() => openAvatica({ url }), TypeError);
});

test('a server that shifts times by its own zone gets none', async () => {
  const seen: Seen[] = [];
  const port = await listen(createServer(avatica(seen)));
  const client = open({ url: `http://127.0.0.1:${port}` });
  // Its answer to the probe is 1, as if only one of the instants were the same.
  await assert.rejects(client.query('SELECT 1 WHERE ?', [new Date(0)]), {
    code: 'SERVER_NOT_UTC',
    message: /UTC/,
  });
  await assert.rejects(client.query('SELECT 1 WHERE ?', [0]), { code: 'SERVER_NOT_UTC', message: /UTC/ });
  await assert.rejects(client.batch('UPSERT ?', [[new Date(0)]]), { code: 'SERVER_NOT_UTC', message: /UTC/ });
  assert.equal(seen.filter(({ name }) => name === 'ExecuteBatchRequest').length, 0);
});
