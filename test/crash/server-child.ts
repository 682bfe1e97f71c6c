import pino from 'pino';
import { mintToken } from '../../src/auth/key-set.ts';
import { openApplication } from '../../src/compose/application.ts';
import { startServer } from '../../src/compose/server.ts';
import { readConfig } from '../../src/config/config.ts';
import { ALL_SCOPES } from '../support/application.ts';

// An embedded installation with a tenant, to be killed at any moment: `server-child.ts DIRECTORY`. It prints where it
// is and a token, and one line for each failure of its background work.
const [directory = ''] = process.argv.slice(2);
const TENANT = 'crash';
const config = readConfig({
  DATA_DIR: directory,
  PROFILE: 'embedded',
  DEMO: 'false',
  PORT: '0',
  REQUEST_TIMEOUT_MS: '600000',
  INGEST_EVENTS_PER_SECOND: '100000',
});
const application = await openApplication(config, (where, error) => console.log(`${where}: ${error}`));
if ((await application.directory.tenants()).length === 0)
  await application.directory.createTenant(TENANT, TENANT);
const running = await startServer(application, config, pino({ level: 'silent' }));
const token = await mintToken(application.keySet, {
  ...config.auth,
  tenantId: TENANT,
  scopes: ALL_SCOPES,
  subject: 'test',
  ttlSeconds: 36_000,
});
console.log(JSON.stringify({ address: running.address, token }));
process.once('SIGTERM', async () => {
  await running.stop();
  await application.close();
});
