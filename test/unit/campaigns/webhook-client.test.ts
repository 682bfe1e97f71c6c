import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { createWebhookClient, webhookKey } from '../../../src/campaigns/actions/webhook-client.ts';
import { createTenants } from '../../../src/domain/tenant.ts';

const tenantOf = createTenants('a secret of the installation');
const signal = new AbortController().signal;

describe('webhooks', () => {
  const calls: { request: IncomingMessage; body: string }[] = [];
  let server: Server;
  let host = '';

  before(async () => {
    server = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      calls.push({ request, body });
      const status = Number(request.url?.slice(1));
      response.writeHead(status, status === 302 ? { location: '/200' } : {}).end('ok');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => server.close());

  test('a call is signed over its id, time and body, with the key of its tenant', async () => {
    const client = createWebhookClient({ allowedHosts: new Set([host]), now: () => 1_700_000_000_999 });
    const tenant = tenantOf('acme');
    assert.deepEqual(await client.post(tenant, `http://${host}/200`, 'run.0', { a: 'ü' }, signal), {
      status: 200,
    });
    const call = calls.at(-1);
    assert.equal(call?.body, '{"a":"ü"}');
    assert.equal(call.request.headers['webhook-id'], 'run.0');
    assert.equal(call.request.headers['webhook-timestamp'], '1700000000');
    const expected = createHmac('sha256', Buffer.from(webhookKey(tenant), 'base64'))
      .update(`run.0.1700000000.${call.body}`)
      .digest('base64');
    assert.equal(call.request.headers['webhook-signature'], `v1,${expected}`);
    assert.notEqual(webhookKey(tenant), webhookKey(tenantOf('globex')));
    await client.close();
  });

  test('no redirect is followed, and a bad status is the answer', async () => {
    const client = createWebhookClient({ allowedHosts: new Set([host]) });
    const before = calls.length;
    for (const status of [302, 404, 503])
      assert.deepEqual(await client.post(tenantOf('acme'), `http://${host}/${status}`, 'i', {}, signal), {
        status,
      });
    assert.equal(calls.length - before, 3);
    await client.close();
  });

  test('a private address is refused, as a number and behind a name, and so is plain http', async () => {
    const client = createWebhookClient({ allowedHosts: new Set() });
    const before = calls.length;
    const port = host.split(':')[1];
    for (const url of [
      `https://127.0.0.1:${port}/200`,
      `https://[::1]:${port}/200`,
      `https://[::ffff:127.0.0.1]:${port}/200`,
      `https://2130706433:${port}/200`,
      `https://localhost:${port}/200`,
      `http://${host}/200`,
    ]) {
      const answer = await client.post(tenantOf('acme'), url, 'i', {}, signal);
      assert.ok('refused' in answer, `${url}: ${JSON.stringify(answer)}`);
    }
    assert.equal(calls.length, before, 'nothing arrived');
    await client.close();
  });

  test('a receiver that does not answer is a failure to repeat, and a call ends with its signal', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const address = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const client = createWebhookClient({ allowedHosts: new Set([address]), timeoutMs: 200 });
    assert.ok('failed' in (await client.post(tenantOf('acme'), `http://${address}/`, 'i', {}, signal)));
    await assert.rejects(
      client.post(tenantOf('acme'), `http://${address}/`, 'i', {}, AbortSignal.timeout(50)),
    );
    silent.closeAllConnections();
    silent.close();
    assert.ok('failed' in (await client.post(tenantOf('acme'), `http://${address}/`, 'i', {}, signal)));
    await client.close();
  });
});
