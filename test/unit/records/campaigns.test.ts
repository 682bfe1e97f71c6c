import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import campaigns from '../../../schema/records/campaigns.v1.schema.json' with { type: 'json' };
import decisions from '../../../schema/records/decisions.v1.schema.json' with { type: 'json' };
import { decodeDecision } from '../../../src/datasources/campaign-runs/decision-message.ts';
import {
  decodeCampaign,
  encodeCampaign,
} from '../../../src/datasources/smart-campaigns/kafka/campaign-message.ts';
import { decide, indexTriggers } from '../../../src/domain/campaigns/decision.ts';
import { campaignActivity, smartCampaign } from '../../support/campaign-arbitraries.ts';
import publishedCampaigns from './campaigns.v1.published.json' with { type: 'json' };
import { breakingChanges } from './changes.ts';
import { incompatibilities } from './compatibility.ts';
import publishedDecisions from './decisions.v1.published.json' with { type: 'json' };

const TENANT = 'acme-1';
const compiled = (schema: object) =>
  new Ajv2020({ allErrors: true, allowUnionTypes: true, strictRequired: false }).compile(schema);
const linesOf = async (name: string): Promise<string[]> =>
  (await readFile(join(import.meta.dirname, name), 'utf8')).trimEnd().split('\n');

describe('the records of campaigns', () => {
  const validate = compiled(campaigns);
  const assertValid = (value: unknown) =>
    assert.ok(validate(value), JSON.stringify(validate.errors, null, 2));

  test('are valid, whatever the campaign, and read as they were', () => {
    fc.assert(
      fc.property(smartCampaign(TENANT), (campaign) => {
        const { value } = encodeCampaign(TENANT, campaign);
        assertValid(JSON.parse(value.toString()));
        assert.deepEqual(decodeCampaign(value), JSON.parse(JSON.stringify({ tenantId: TENANT, campaign })));
      }),
      { numRuns: 300 },
    );
  });

  test('of version 1 that were recorded are valid, and the product reads them', async () => {
    for (const line of await linesOf('campaigns.v1.jsonl')) {
      assertValid(JSON.parse(line));
      assert.equal(decodeCampaign(Buffer.from(line)).tenantId, TENANT);
    }
  });

  test('with an operator or a test that nobody knows are invalid', async () => {
    const [line = ''] = await linesOf('campaigns.v1.jsonl');
    for (const [known, unknown] of [
      ['"op":"and"', '"op":"xor"'],
      ['"test":"prefix"', '"test":"near"'],
      ['"field":"country"', '"field":"planet"'],
      ['"includeBots":false', '"includeBots":0'],
    ] as const) {
      assert.ok(line.includes(known), known);
      assert.ok(!validate(JSON.parse(line.replace(known, unknown))), unknown);
    }
  });
});

describe('the records of decisions', () => {
  const validate = compiled(decisions);

  test('are valid for any decision', () => {
    let found = 0;
    fc.assert(
      fc.property(
        fc.array(smartCampaign(TENANT), { minLength: 3, maxLength: 3 }),
        campaignActivity(TENANT),
        (own, activity) => {
          for (const decision of decide(TENANT, indexTriggers(own), activity)) {
            found += 1;
            assert.ok(validate({ version: 1, tenant: TENANT, decision }), JSON.stringify(validate.errors));
          }
        },
      ),
      { numRuns: 1_000 },
    );
    assert.ok(found > 20, String(found));
  });

  test('of version 1 that were recorded are valid, and the product reads them', async () => {
    for (const line of await linesOf('decisions.v1.jsonl')) {
      const message = JSON.parse(line);
      assert.equal(validate(message), true, JSON.stringify(validate.errors));
      assert.deepEqual(decodeDecision(Buffer.from(line)), {
        tenantId: message.tenant,
        decision: message.decision,
      });
    }
  });

  test('are refused without a field, or in another version', async () => {
    const [line = ''] = await linesOf('decisions.v1.jsonl');
    const message = JSON.parse(line);
    const refused = (changed: object): void => {
      assert.ok(!validate(changed), JSON.stringify(changed));
      assert.throws(() => decodeDecision(Buffer.from(JSON.stringify(changed))));
    };
    for (const name of Object.keys(message.decision)) {
      const { [name]: _gone, ...decision } = message.decision;
      refused({ ...message, decision });
    }
    refused({ ...message, version: 2 });
    refused({ ...message, tenant: 'Not a tenant' });
  });
});

test('the schemas break no reader of the published ones, and a change that does is found', () => {
  for (const [published, schema] of [
    [publishedCampaigns, campaigns],
    [publishedDecisions, decisions],
  ] as const) {
    assert.deepEqual(incompatibilities(published, schema), []);
    let breaking = 0;
    for (const [what, changed] of breakingChanges(published)) {
      assert.notDeepEqual(incompatibilities(published, changed), [], what);
      breaking += 1;
    }
    assert.ok(breaking > 30, String(breaking));
  }
});
