import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogRecord } from '../../../src/domain/activity.ts';
import type { LeadUpdate } from '../../../src/domain/lead.ts';
import { verifyTenant } from '../../../src/domain/tenant.ts';
import { createParallelWriter } from '../../../src/ingest/parallel-writer.ts';

const tenant = verifyTenant('one');
const signal = new AbortController().signal;
const update = (externalId: string): LeadUpdate => ({
  identity: { kind: 'known', externalId },
  email: null,
  traits: {},
  links: [{ kind: 'anonymous', anonymousId: 'device' }],
  at: 1,
});

const unasked = async (): Promise<never> => assert.fail('nothing else is asked of the store');

test('what an identify call says is in log and store when it is answered; links told by the way are in the log', async () => {
  const logged: LogRecord[] = [];
  const stored: LeadUpdate[] = [];
  const writer = createParallelWriter({
    log: {
      append: async (_tenant, records) => {
        logged.push(...records);
        return records.map((_, offset) => ({ partition: 0, offset }));
      },
    },
    store: {
      updateLeads: async (_tenant, updates) => void stored.push(...updates),
      put: unasked,
      complete: unasked,
      remove: unasked,
      putCampaigns: unasked,
      defineType: unasked,
      customTypes: unasked,
    },
    settled: async () => new Map(),
    onError: (error) => assert.fail(error as Error),
  });
  await Promise.all([
    writer.writeLeadUpdates(tenant, [update('said')], signal),
    writer.writeLinks(tenant, [update('told')], signal),
  ]);
  const whose = (updates: readonly LeadUpdate[]) =>
    updates.map(({ identity }) => (identity.kind === 'known' ? identity.externalId : '')).sort();
  assert.deepEqual(whose(logged.flatMap((record) => (record.kind === 'lead' ? [record.update] : []))), [
    'said',
    'told',
  ]);
  assert.deepEqual(whose(stored), ['said']);
  await writer.close();
});
