import { describe } from 'node:test';
import { createPhoenixRuns } from '../../src/datasources/campaign-runs/phoenix/adapter.ts';
import { verifyTenant } from '../../src/domain/tenant.ts';
import { engineSkip } from '../support/engines.ts';
import { openTestPhoenix } from '../support/phoenix.ts';
import { campaignRunsContract } from './campaign-runs.ts';

describe('phoenix', { skip: engineSkip('phoenix') }, () => {
  campaignRunsContract('phoenix adapter', async () => {
    const { client, schema, drop } = await openTestPhoenix();
    return { runs: createPhoenixRuns(client, { schema, tenantOf: verifyTenant }), close: drop };
  });
});
