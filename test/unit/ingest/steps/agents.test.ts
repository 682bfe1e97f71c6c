import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { standardType } from '../../../../src/domain/activity-types.ts';
import { AGENT_KINDS } from '../../../../src/domain/agent-kind.ts';
import type { JsonObject } from '../../../../src/domain/json.ts';
import { createEnrichment } from '../../../../src/ingest/door/enrichment.ts';
import { agentFrom } from '../../../../src/ingest/steps/agents.ts';
import { NOW } from '../../../support/activities.ts';
import { unkeyed } from '../../../support/id-space.ts';

const corpus = (await readFile(new URL('user-agents.txt', import.meta.url), 'utf8'))
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => {
    const [kind = '', device = '', ...agent] = line.split(' | ');
    return { kind, device: device === '-' ? null : device, agent: agent.join(' | ') };
  });

function enriched(type: string, context: JsonObject) {
  const outcome = createEnrichment().run({
    idSpace: unkeyed('acme'),
    draft: {
      messageId: 'm',
      externalId: 'ann',
      anonymousId: null,
      type,
      occurredAt: NOW,
      campaign: null,
      assetId: null,
      channel: null,
      attributes: {},
      context,
    },
    type: standardType(type),
    policy: { source: 'segment', mode: 'lenient' },
    now: NOW,
  });
  assert.ok(outcome.kind === 'ok');
  return outcome.value.activity;
}

describe('user agents', () => {
  test('the corpus has every kind, and at least 150 agents', () => {
    assert.ok(corpus.length >= 150, `${corpus.length}`);
    assert.deepEqual(new Set(corpus.map(({ kind }) => kind)), new Set(AGENT_KINDS));
  });

  for (const { kind, device, agent } of corpus)
    test(`${kind}, ${device ?? 'no device'}: ${agent}`, () => {
      const found = agentFrom(agent);
      assert.deepEqual([found.kind, found.device], [kind, device]);
    });

  test('an e-mail keeps the kind of its agent, and only scanners and robots are robots', () => {
    for (const { kind, agent } of corpus)
      for (const name of ['userAgent', 'user_agent']) {
        const activity = enriched('Open Email', { [name]: agent });
        assert.equal(activity.agentKind, kind, agent);
        assert.equal(activity.isBot, kind === 'SCANNER' || kind === 'ROBOT', agent);
      }
    assert.equal(enriched('Open Email', {}).agentKind, null);
  });

  test('a sender that knows a robot wins, and other activities have no kind', () => {
    const said = enriched('Open Email', { userAgent: 'Mozilla/5.0', isBot: true });
    assert.deepEqual([said.agentKind, said.isBot], ['SCANNER', true]);
    assert.equal(enriched('Visit Webpage', { userAgent: 'curl/8.5.0' }).agentKind, null);
  });

  const DALVIK = 'Dalvik/2.1.0 (Linux; U; Android 13; Pixel 7 Build/TQ3A.230805.001)';
  const CASES: readonly (readonly [
    what: string,
    context: JsonObject,
    device: string | null,
    isBot: boolean,
  ])[] = [
    [
      'an Android phone',
      { userAgent: DALVIK, device: { type: 'android', model: 'Pixel 7' } },
      'mobile',
      false,
    ],
    ['an Android phone without its device', { userAgent: DALVIK }, 'mobile', false],
    [
      'an Android tablet',
      { userAgent: 'okhttp/4.9.0', device: { type: 'android', model: 'SM-T870' } },
      'tablet',
      false,
    ],
    ['an iPad', { device: { type: 'ios', model: 'iPad8,9' } }, 'tablet', false],
    ['an iPhone', { device: { type: 'iOS', model: 'iPhone15,2' } }, 'mobile', false],
    ['who says tablet', { device: { type: 'tablet' } }, 'tablet', false],
    ['who says desktop', { userAgent: DALVIK, device: { type: 'desktop' } }, 'desktop', false],
    ['a mobile library', { library: { name: 'analytics-kotlin' } }, 'mobile', false],
    [
      'a mobile library of RudderStack',
      { library: { name: 'com.rudderstack.android.sdk.core' } },
      'mobile',
      false,
    ],
    ['an app with its name', { userAgent: 'okhttp/4.9.0', app: { name: 'Shop' } }, null, false],
    ['no app', { userAgent: 'okhttp/4.9.0' }, null, true],
    ["Gmail's proxy", { userAgent: 'Mozilla/5.0 (via ggpht.com GoogleImageProxy)' }, null, true],
    ['Outlook', { userAgent: 'Microsoft Outlook 16.0.4993' }, 'desktop', false],
  ];
  for (const [what, context, device, isBot] of CASES)
    test(`an event of ${what}: ${device ?? 'no device'}${isBot ? ', a robot' : ''}`, () => {
      const activity = enriched('Open App', context);
      assert.deepEqual([activity.device, activity.isBot], [device, isBot]);
    });
});
