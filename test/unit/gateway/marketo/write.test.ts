import assert from 'node:assert/strict';
import { test } from 'node:test';
import { STANDARD_TYPES } from '../../../../src/domain/activity-types.ts';
import { marketoLeadId } from '../../../../src/domain/marketo-ids.ts';
import { addActivities, type WriteOptions } from '../../../../src/gateway/marketo/write.ts';
import { viewerOf } from '../../../support/viewers.ts';

/** Two keys of leads with the same first 52 bits, and so with the same number. */
const KEYS = ['AAAAAAAAAAAAAAAAAAAAAA', 'AAAAAAAAAAAAAAAAAAAAAQ'];

test('an activity of a number that several leads share is skipped as ambiguous', async () => {
  const leadId = marketoLeadId({ key: KEYS[0] ?? '', externalId: null });
  assert.equal(marketoLeadId({ key: KEYS[1] ?? '', externalId: null }), leadId);
  const options = {
    types: { list: async () => STANDARD_TYPES },
    store: {
      leadKeys: async () => KEYS,
      persons: async (_tenant: unknown, keys: readonly string[]) =>
        keys.map((key) => ({
          lead: { key },
          identities: [{ key, identity: { kind: 'anonymous', anonymousId: key } }],
        })),
    },
    collector: {
      collect: async (_tenant: unknown, { items }: { items: readonly { error?: object }[] }) =>
        items.map(({ error }) => ({ status: 'rejected', error })),
    },
  } as unknown as WriteOptions;
  const answer = await addActivities(
    options,
    viewerOf('marketo', 'activities:write'),
    { input: [{ leadId, activityDate: '2026-01-31T12:00:00Z', activityTypeId: 1 }] },
    new AbortController().signal,
  );
  const reason = { code: '1007', message: 'Multiple leads match the lookup criteria' };
  assert.deepEqual(answer.result, [{ status: 'skipped', errors: [reason], reasons: [reason] }]);
});
