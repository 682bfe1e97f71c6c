import { createHmac } from 'node:crypto';
import { lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { Agent, buildConnector, request } from 'undici';
import type { JsonObject } from '../../domain/json.ts';
import type { Tenant } from '../../domain/tenant.ts';
import { isPublicAddress } from '../../lib/private-addresses.ts';

/** Where a call ended. `refused`: repeating it is useless. */
type WebhookAnswer = { readonly status: number } | { readonly refused: string } | { readonly failed: string };

/** Posts signed JSON to addresses of tenants. */
export type WebhookClient = {
  /** @param id the same for every attempt, in the header `Webhook-Id` */
  post(
    tenant: Tenant,
    url: string,
    id: string,
    body: JsonObject,
    signal: AbortSignal,
  ): Promise<WebhookAnswer>;
  close(): Promise<void>;
};

export type WebhookOptions = {
  /** `host:port` that may be private, and may speak plain HTTP. For tests and for receivers beside the server. */
  readonly allowedHosts: ReadonlySet<string>;
  readonly timeoutMs?: number;
  /** Clock, epoch milliseconds. */
  readonly now?: () => number;
};

const TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 65_536;

/** The key of a tenant's signatures, base64. Receivers need it to check them. */
export const webhookKey = (tenant: Tenant): string =>
  createHmac('sha256', tenant.idSpace).update('webhooks').digest('base64');

/**
 * The headers of a signed call, as the Standard Webhooks specification has them: HMAC-SHA-256 over id, time in seconds
 * and body.
 */
function signedHeaders(key: string, id: string, at: number, body: string): Record<string, string> {
  const seconds = Math.floor(at / 1_000);
  const signature = createHmac('sha256', Buffer.from(key, 'base64'))
    .update(`${id}.${seconds}.${body}`)
    .digest('base64');
  return {
    'content-type': 'application/json',
    'user-agent': 'Journeygraph-Webhook/1',
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': `v1,${signature}`,
  };
}

/**
 * Makes a client that reaches public addresses alone. It looks at the address that it connects to, so that no name can
 * lead to a private network. It follows no redirect.
 */
export function createWebhookClient({
  allowedHosts,
  timeoutMs = TIMEOUT_MS,
  now = Date.now,
}: WebhookOptions): WebhookClient {
  const connect = buildConnector({ timeout: timeoutMs, lookup: publicLookup });
  const guarded = new Agent({ connect, maxResponseSize: MAX_ANSWER_BYTES });
  const open = new Agent({ connect: { timeout: timeoutMs }, maxResponseSize: MAX_ANSWER_BYTES });
  return {
    async post(tenant, url, id, body, signal) {
      const { host, hostname, protocol } = new URL(url);
      const isAllowed = allowedHosts.has(host);
      if (!isAllowed && protocol !== 'https:') return { refused: 'A webhook needs https.' };
      // A host that is an address is not looked up.
      if (!isAllowed && isIP(hostname.replace(/^\[|\]$/g, '')) !== 0 && !isPublicAddress(hostname))
        return PRIVATE;
      const text = JSON.stringify(body);
      try {
        const { statusCode, body: answer } = await request(url, {
          method: 'POST',
          headers: signedHeaders(webhookKey(tenant), id, now(), text),
          body: text,
          dispatcher: isAllowed ? open : guarded,
          signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
        });
        await answer.dump();
        return { status: statusCode };
      } catch (error) {
        signal.throwIfAborted();
        const { code, name } = error as NodeJS.ErrnoException;
        return code === PRIVATE_CODE ? PRIVATE : { failed: code ?? name };
      }
    },
    async close() {
      await Promise.all([guarded.close(), open.close()]);
    },
  };
}

const PRIVATE_CODE = 'PRIVATE_ADDRESS';
const PRIVATE = { refused: 'The address of the webhook is private.' } as const;

/** Looks a name up, and refuses it when one of its addresses is private. */
const publicLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    const refused = addresses?.some(({ address }) => !isPublicAddress(address))
      ? Object.assign(new Error('the address is private'), { code: PRIVATE_CODE })
      : null;
    callback(error ?? refused, addresses ?? []);
  });
};
