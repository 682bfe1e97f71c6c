import assert from 'node:assert/strict';
import { join } from 'node:path';
import pino from 'pino';
import { mintToken } from '../../src/auth/key-set.ts';
import { type Application, openApplication } from '../../src/compose/application.ts';
import { startServer } from '../../src/compose/server.ts';
import { readConfig } from '../../src/config/config.ts';
import { leadKey } from '../../src/domain/lead.ts';
import { marketoLeadId } from '../../src/domain/marketo-ids.ts';
import { ALL_SCOPES, type GraphqlData } from '../../test/support/application.ts';

const TENANTS = ['one', 'two'] as const;

/** The product over a data directory that outlives it. */
export type Product = {
  readonly application: Application;
  /** Files that are no part of the product's data. */
  readonly scratch: string;
  address(): string;
  token(tenant: string): Promise<string>;
  /** An operation that must succeed. */
  ask(tenant: string, query: string, variables?: object): Promise<GraphqlData>;
  /** A POST that must succeed. */
  post(tenant: string, path: string, body: unknown): Promise<GraphqlData>;
  get(tenant: string, path: string): Promise<GraphqlData>;
  leadId(tenant: string, externalId: string): string;
  marketoLead(tenant: string, externalId: string): Promise<number>;
  /** Number of a type of the tenant that Marketo's dialect takes. */
  attendType(tenant: string): Promise<number>;
  close(): Promise<void>;
};

/** Opens it; its tenants are made where they are missing. */
export async function openProduct(env: Readonly<Record<string, string>>, scratch: string): Promise<Product> {
  const config = readConfig({
    DATA_DIR: join(scratch, 'data'),
    PORT: '0',
    DEMO: 'false',
    REQUEST_TIMEOUT_MS: '120000',
    SETTLE_MS: '0',
    INGEST_EVENTS_PER_SECOND: '1000',
    ...env,
  });
  const application = await openApplication(config);
  for (const tenant of TENANTS)
    if (!(await application.directory.tenants()).some(({ id }) => id === tenant))
      await application.directory.createTenant(tenant, `Tenant ${tenant}`);
  const running = await startServer(application, config, pino({ level: 'silent' }));
  const token = (tenant: string): Promise<string> =>
    mintToken(application.keySet, {
      ...config.auth,
      tenantId: tenant,
      scopes: ALL_SCOPES,
      subject: 'test',
      ttlSeconds: 3_600,
    });
  const call = async (tenant: string, path: string, init: RequestInit = {}): Promise<GraphqlData> => {
    const response = await fetch(running.address + path, {
      ...init,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${await token(tenant)}` },
    });
    const body = await response.text();
    assert.equal(response.status, 200, `${path}: ${body}`);
    return JSON.parse(body);
  };
  const post: Product['post'] = (tenant, path, body) =>
    call(tenant, path, { method: 'POST', body: JSON.stringify(body) });
  const ask: Product['ask'] = async (tenant, query, variables) => {
    const { data, errors } = await post(tenant, '/graphql', { query, variables });
    assert.equal(errors, undefined, JSON.stringify(errors));
    return data;
  };
  const keyOf = (tenant: string, externalId: string): string =>
    leadKey(application.tenantOf(tenant).idSpace, { kind: 'known', externalId });
  return {
    application,
    scratch,
    address: () => running.address,
    token,
    ask,
    post,
    get: (tenant, path) => call(tenant, path),
    leadId: (tenant, externalId) => `L${keyOf(tenant, externalId)}`,
    marketoLead: async (tenant, externalId) => marketoLeadId({ key: keyOf(tenant, externalId), externalId }),
    async attendType(tenant) {
      const { defineActivityType } = await ask(
        tenant,
        `mutation { defineActivityType(input: { name: "Attend Conference", description: "", attributes: [
           { name: "conferenceName", dataType: STRING }, { name: "badge", dataType: STRING, pii: true } ] })
         { activityType { number } } }`,
      );
      return defineActivityType.activityType.number;
    },
    async close() {
      await running.stop();
      await application.close();
    },
  };
}
