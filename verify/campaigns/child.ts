// A server with campaigns, to be killed: prints `ready ADDRESS TOKEN` when it answers. Its environment is the product's;
// `CAMPAIGNS` has the campaigns of the tenant `one`, which are made where they are missing.
import pino from 'pino';
import { mintToken } from '../../src/auth/key-set.ts';
import { openApplication } from '../../src/compose/application.ts';
import { startServer } from '../../src/compose/server.ts';
import { readConfig } from '../../src/config/config.ts';
import type { SmartCampaign } from '../../src/domain/campaigns/model.ts';
import { ALL_SCOPES } from '../../test/support/application.ts';

const config = readConfig(process.env);
const application = await openApplication(config, (where, error) => console.error(where, error));
const { directory, automation } = application;
const signal = new AbortController().signal;
for (const id of ['one', 'two'])
  if (!(await directory.tenants()).some((tenant) => tenant.id === id)) await directory.createTenant(id, id);
for (const tenant of ['one', 'two'])
  for (const campaign of JSON.parse(process.env['CAMPAIGNS'] ?? '[]') as SmartCampaign[])
    await automation.campaigns.put(application.tenantOf(tenant), campaign, signal);
const running = await startServer(application, config, pino({ level: 'silent' }));
const tokenOf = (tenantId: string): Promise<string> =>
  mintToken(application.keySet, {
    ...config.auth,
    tenantId,
    scopes: ALL_SCOPES,
    subject: 'test',
    ttlSeconds: 36_000,
  });
console.log(`ready ${running.address} ${await tokenOf('one')} ${await tokenOf('two')}`);
process.on('SIGTERM', async () => {
  await running.stop();
  await application.close();
  process.exit(0);
});
