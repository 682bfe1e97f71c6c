import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openInstallation, type TestInstallation } from '../support/application.ts';
import { holdsTheSweep, plantBoth, targetOf, WIDE_LIMITS } from '../support/sweep/suite.ts';
import { leaksIn } from '../support/sweep/sweep.ts';

describe('everything that the schema has, asked as everybody', () => {
  let installation: TestInstallation;
  before(async () => {
    installation = await openInstallation(WIDE_LIMITS);
    await plantBoth(targetOf(installation));
  });
  after(() => installation.close());

  test('no answer holds a word of another tenant, nor a personal one without leads:pii, and none is INTERNAL', (t) =>
    holdsTheSweep(targetOf(installation), t, 3));

  test('the sweep finds what it looks for', () => {
    const one = { tenant: 'one', scopes: ['activities:read'] } as const;
    assert.deepEqual(leaksIn('{"a":"zopen2x1"}', new Set(), one), ['zopen2x1']);
    assert.deepEqual(leaksIn('{"a":"zopen2x1"}', new Set(['zopen2x1']), one), []);
    assert.deepEqual(leaksIn('{"a":"zopen1x1 zpii1x1"}', new Set(), one), ['zpii1x1']);
    for (const prefix of ['', 'C', 'ab', 'abc']) {
      const encoded = prefix + Buffer.from('["zpii1x1","zcid1x1"]').toString('base64url');
      assert.deepEqual(leaksIn(`{"cursor":"${encoded}"}`, new Set(), one), ['zpii1x1']);
    }
    assert.deepEqual(leaksIn('{"a":"zcid1x1"}', new Set(), one), ['zcid1x1']);
    assert.deepEqual(leaksIn('{"a":"zpii1x1"}', new Set(), { ...one, scopes: ['leads:pii'] }), []);
  });
});
