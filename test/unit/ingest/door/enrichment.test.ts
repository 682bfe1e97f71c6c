import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { standardType } from '../../../../src/domain/activity-types.ts';
import type { Json, JsonObject } from '../../../../src/domain/json.ts';
import {
  createEnrichment,
  ENRICHMENT_VERSION,
  type EnrichmentOptions,
} from '../../../../src/ingest/door/enrichment.ts';
import type { ActivityDraft, Outcome } from '../../../../src/ingest/draft/draft.ts';
import { type Accepted, createPipeline, enrich } from '../../../../src/ingest/draft/pipeline.ts';
import { openCountries } from '../../../../src/ingest/steps/countries.ts';
import {
  GA4_SEARCH,
  GA4_SHOPPING,
  GA4_SOCIAL,
  GA4_VIDEO,
} from '../../../../src/ingest/steps/data/ga4-sources.ts';
import { createNormalise } from '../../../../src/ingest/steps/normalise.ts';
import { siteKind } from '../../../../src/ingest/steps/sites.ts';
import { DomainError } from '../../../../src/lib/errors.ts';
import { NOW } from '../../../support/activities.ts';
import { unkeyed } from '../../../support/id-space.ts';
import { mmdb } from '../../../support/mmdb.ts';
import { temporaryDirectory } from '../../../support/temp.ts';

const CHROME =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36';
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1';
const GOOGLEBOT = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)';

const draft = (overrides: Partial<ActivityDraft> = {}): ActivityDraft => ({
  messageId: 'm-1',
  externalId: 'ann',
  anonymousId: null,
  type: 'Visit Webpage',
  occurredAt: NOW,
  campaign: null,
  assetId: null,
  channel: null,
  attributes: {},
  context: {},
  ...overrides,
});
const arrival = (said: ActivityDraft) =>
  ({
    idSpace: unkeyed('acme'),
    draft: said,
    type: standardType(said.type),
    policy: { source: 'segment', mode: 'lenient' },
    now: NOW,
  }) as const;
const run = (overrides: Partial<ActivityDraft> = {}, options: EnrichmentOptions = {}): Outcome<Accepted> =>
  createEnrichment(options).run(arrival(draft(overrides)));
function activityOf(outcome: Outcome<Accepted>): Accepted['activity'] {
  assert.equal(outcome.kind, 'ok', JSON.stringify(outcome));
  return (outcome as Extract<typeof outcome, { kind: 'ok' }>).value.activity;
}

/** What a visit's channel, campaign, device and robot flag come to. */
const CATALOGUE: readonly (readonly [
  what: string,
  attributes: JsonObject,
  context: JsonObject,
  result: readonly [channel: string, campaign: string | null, device: string | null, isBot: boolean],
])[] = [
  ['nothing', {}, {}, ['direct', null, null, false]],
  ['a browser', {}, { userAgent: CHROME }, ['direct', null, 'desktop', false]],
  ['a phone', {}, { userAgent: IPHONE }, ['direct', null, 'mobile', false]],
  ['an app', {}, { device: { type: 'ios' } }, ['direct', null, 'mobile', false]],
  ['a crawler', {}, { userAgent: GOOGLEBOT }, ['direct', null, null, true]],
  ['one who says so', {}, { isBot: true }, ['direct', null, null, true]],
  ['a search engine', { referrer: 'https://www.google.co.uk/' }, {}, ['organic search', null, null, false]],
  ['a search engine', { referrer: 'https://duckduckgo.com/' }, {}, ['organic search', null, null, false]],
  ['its mail', { referrer: 'https://mail.google.com/' }, {}, ['email', null, null, false]],
  ['a network', {}, { page: { referrer: 'https://l.facebook.com/l.php' } }, ['social', null, null, false]],
  ['a short name', { referrer: 'https://t.co/abc' }, {}, ['social', null, null, false]],
  ['no network', { referrer: 'https://t.example/' }, {}, ['referral', null, null, false]],
  ['another site', { referrer: 'https://partner.example/list' }, {}, ['referral', null, null, false]],
  [
    'the site itself',
    { url: 'https://shop.example.com/a', referrer: 'https://www.example.com/' },
    {},
    ['web', null, null, false],
  ],
  [
    'tags in the address',
    { url: 'https://example.com/?utm_source=Google&utm_medium=CPC&utm_campaign=Spring%20Sale' },
    {},
    ['paid search', 'Spring Sale', null, false],
  ],
  [
    'tags in the context win',
    { url: 'https://example.com/?utm_medium=cpc&utm_campaign=a' },
    { campaign: { source: 'news', medium: 'e-mail', name: 'b' } },
    ['email', 'b', null, false],
  ],
  [
    'tags whose ids and names are numbers',
    {},
    { campaign: { source: 'news', medium: 'e-mail', name: 2026, id: 120_210_000_000_001 } },
    ['email', '120210000000001', null, false],
  ],
  [
    'tags in the query string',
    { search: '?utm_source=facebook&utm_medium=paid-social&utm_campaign=c&utm_id=77' },
    {},
    ['paid social', '77', null, false],
  ],
  ['an ad without tags', { url: 'https://example.com/?gclid=x' }, {}, ['paid search', null, null, false]],
  ['banners', { search: 'utm_source=them&utm_medium=banner' }, {}, ['display', null, null, false]],
  ['partners', { search: 'utm_source=them&utm_medium=affiliate' }, {}, ['affiliate', null, null, false]],
  ['ads on Instagram', { search: 'utm_source=ig&utm_medium=paid' }, {}, ['paid social', null, null, false]],
  ['Instagram', { search: 'utm_source=ig' }, {}, ['social', null, null, false]],
  ['Facebook’s audience network', { search: 'utm_source=an' }, {}, ['social', null, null, false]],
  ['videos', { referrer: 'https://m.youtube.com/watch' }, {}, ['video', null, null, false]],
  ['ads in videos', { search: 'utm_source=youtube&utm_medium=cpv' }, {}, ['paid video', null, null, false]],
  ['a shop', { referrer: 'https://www.amazon.co.jp/' }, {}, ['shopping', null, null, false]],
  ['ads in a shop', { search: 'utm_source=ebay&utm_medium=cpc' }, {}, ['paid shopping', null, null, false]],
  [
    'a shopping campaign',
    { search: 'utm_source=them&utm_campaign=shop-2026' },
    {},
    ['shopping', 'shop-2026', null, false],
  ],
  ['a regional network', { referrer: 'https://www.draugiem.lv/' }, {}, ['social', null, null, false]],
  ['a part of a network', { referrer: 'https://de.linkedin.com/in/x' }, {}, ['social', null, null, false]],
  ['a regional search', { referrer: 'https://www.onet.pl/' }, {}, ['organic search', null, null, false]],
  ['no tags but its page', { url: 'https://example.com/' }, {}, ['direct', null, null, false]],
  ['a campaign without a source', { search: 'utm_campaign=c' }, {}, ['web', 'c', null, false]],
  ['a library in a browser', {}, { library: { name: 'analytics.js' } }, ['direct', null, null, false]],
  ['a library in an app', {}, { library: { name: 'analytics-swift' } }, ['mobile', null, 'mobile', false]],
  [
    'a tag of their own',
    { search: 'utm_source=them&utm_medium=carrier-pigeon' },
    {},
    ['web', null, null, false],
  ],
];

describe('enrichment', () => {
  for (const [what, attributes, context, [channel, campaign, device, isBot]] of CATALOGUE)
    test(`a visit with ${what}: ${channel}, ${campaign ?? 'no campaign'}, ${device ?? 'no device'}${isBot ? ', a robot' : ''}`, () => {
      const activity = activityOf(run({ attributes, context }));
      assert.deepEqual(
        [activity.channel, activity.campaign?.id ?? null, activity.device, activity.isBot],
        [channel, campaign, device, isBot],
        'whoever changes what comes out raises ENRICHMENT_VERSION',
      );
      assert.equal(activity.enrichmentVersion, ENRICHMENT_VERSION);
    });

  test('every source on Google’s list is what the list says, as a tag and as a host', () => {
    for (const [kind, names, count] of [
      ['search', GA4_SEARCH, 125],
      ['social', GA4_SOCIAL, 590],
      ['video', GA4_VIDEO, 45],
      ['shopping', GA4_SHOPPING, 50],
    ] as const) {
      assert.ok(names.length >= count, `${names.length} of ${kind}`);
      for (const name of names) assert.equal(siteKind(name), kind, name);
    }
    for (const [host, kind] of [
      ['google.com.au', 'search'],
      ['m.facebook.com', 'social'],
      ['t.example', undefined],
      ['ig.example.com', undefined],
      ['example.com', undefined],
    ] as const)
      assert.equal(siteKind(host), kind, host);
  });

  test('an event of the sender’s own is of the web or of an app where its library or its page says so', () => {
    for (const [context, channel] of [
      [{}, '(none)'],
      [{ page: {} }, '(none)'],
      [{ page: { url: 'https://example.com/' } }, 'web'],
      [{ library: { name: 'RudderLabs JavaScript SDK' } }, 'web'],
      [{ library: { name: '@segment/analytics-react-native' } }, 'mobile'],
      [{ library: { name: 'com.rudderstack.ios.sdk' } }, 'mobile'],
      [{ library: { name: 'analytics-node' } }, '(none)'],
      [{ page: { referrer: 'https://www.google.de/' } }, 'organic search'],
    ] as const)
      assert.equal(
        activityOf(run({ type: 'Track Event', context, attributes: { event: 'x' } })).channel,
        channel,
      );
  });

  test('what the sender says wins over what is derived', () => {
    const activity = activityOf(
      run(
        {
          channel: 'Store',
          campaign: { id: 'own', name: null },
          attributes: {
            search: 'utm_medium=cpc&utm_source=google&utm_campaign=x',
            referrer: 'https://bing.com/',
          },
          context: { country: 'fr', ip: '192.0.2.1' },
        },
        { countryOf: () => 'DE' },
      ),
    );
    assert.deepEqual([activity.channel, activity.campaign?.id, activity.country], ['store', 'own', 'FR']);
  });

  test('the channel of an e-mail or an app follows from its type, whatever led to it; nothing tells that of the CRM', () => {
    const context = { campaign: { source: 'google', medium: 'cpc', name: 'spring' } };
    for (const [type, channel] of [
      ['Open Email', 'email'],
      ['View Screen', 'mobile'],
      ['New Lead', '(none)'],
    ] as const) {
      const activity = activityOf(run({ type, context }));
      assert.deepEqual([activity.channel, activity.campaign?.id], [channel, 'spring']);
    }
  });

  test('an activity that names a person and a device links them', () => {
    const outcome = run({ externalId: 'ann', anonymousId: 'device-1' });
    assert.ok(outcome.kind === 'ok');
    assert.deepEqual(
      outcome.value.links.map(({ identity, links }) => [identity, links]),
      [[{ kind: 'known', externalId: 'ann' }, [{ kind: 'anonymous', anonymousId: 'device-1' }]]],
    );
    const alone = run({ externalId: null, anonymousId: 'device-1' });
    assert.ok(alone.kind === 'ok' && alone.value.links.length === 0);
  });

  test('robots are left out of visits where that is asked for, and never out of e-mail', () => {
    const context = { userAgent: GOOGLEBOT };
    assert.equal(run({ context }, { robots: false }).kind, 'drop');
    assert.equal(run({ context: { userAgent: CHROME } }, { robots: false }).kind, 'ok');
    assert.equal(activityOf(run({ type: 'Click Email', context }, { robots: false })).isBot, true);
  });

  test('the country is found in a database file by the address in the context, or by the one the request came from', async () => {
    const directory = await temporaryDirectory();
    const file = join(directory.path, 'countries.mmdb');
    const country = (code: string) => ({ country: { iso_code: code } });
    await writeFile(file, mmdb({ '192.0.2.0/24': country('SE'), '198.51.100.0/25': country('BR') }));
    const countryOf = await openCountries(file);
    const of = (overrides: Partial<ActivityDraft>) => activityOf(run(overrides, { countryOf })).country;
    assert.equal(of({ context: { ip: '192.0.2.77' } }), 'SE');
    assert.equal(of({ context: { ip: '198.51.100.9' } }), 'BR');
    assert.equal(of({ context: { ip: '198.51.100.200' } }), null);
    assert.equal(of({ context: { ip: 'nonsense' } }), null);
    assert.equal(of({ address: '192.0.2.1' }), 'SE');
    assert.equal(of({ type: 'New Lead', context: { ip: '192.0.2.1' } }), null, 'the address of the CRM');
    const kept = activityOf(run({ address: '192.0.2.1' }, { countryOf }));
    assert.ok(!JSON.stringify(kept).includes('192.0.2.1'), 'the address of the request is not kept');
    await writeFile(file, 'no database');
    await assert.rejects(openCountries(file), /GEOIP_DATABASE/);
    await directory.remove();
  });

  test('a step that breaks costs its own activity and tells its name; one that can not now makes the call come again', () => {
    const broken: string[] = [];
    const withStep = (step: () => never) =>
      createPipeline(
        {
          normalise: createNormalise(),
          enrich: { WEB: [step], EMAIL: [], MOBILE: [], CRM: [], CUSTOM: [] },
          finish: () => assert.fail('not reached'),
        },
        (name) => broken.push(name),
      ).run(arrival(draft()));
    const outcome = withStep(function explode() {
      throw new TypeError('secret of the sender');
    });
    assert.ok(outcome.kind === 'fail' && outcome.error.code === 'STEP_FAILED');
    assert.ok(!outcome.error.message.includes('secret'));
    assert.deepEqual(broken, ['explode']);
    const later = withStep(function wait() {
      throw new DomainError('BACKEND_UNAVAILABLE', 'not now');
    });
    assert.equal(later.kind, 'retry');
    assert.equal(enrich({} as never, undefined).kind, 'ok');
  });

  test('whatever a schemaless sender says, the pipeline answers with an outcome and breaks on nothing', () => {
    const json = fc.jsonValue({ noUnicodeString: false }) as fc.Arbitrary<Json>;
    const address = fc.constantFrom(
      'https://a.example/?utm_source=x',
      'http://%',
      'https://',
      '//x',
      'http://[::1',
      7,
      null,
    );
    const page = fc.dictionary(
      fc.constantFrom(
        'url',
        'referrer',
        'search',
        'page',
        'campaign',
        'userAgent',
        'ip',
        'location',
        'country',
        'device',
      ),
      fc.oneof(
        json,
        address,
        fc.record({ url: address, referrer: address, name: json, source: json, type: json }),
      ),
    );
    const type = fc.constantFrom('Visit Webpage', 'Track Event', 'View Screen', 'Open Email', 'New Lead');
    const enrichment = createEnrichment({
      onBroken: (step, error) => assert.fail(`${step}: ${String(error)}`),
    });
    fc.assert(
      fc.property(type, page, page, (name, attributes, context) => {
        const said = draft({
          type: name,
          attributes: { ...(attributes as JsonObject), event: 'x' },
          context: context as Json,
        });
        const outcome = enrichment.run(arrival(JSON.parse(JSON.stringify(said)) as ActivityDraft));
        assert.ok(outcome.kind === 'ok' || outcome.kind === 'fail');
        if (outcome.kind === 'ok')
          assert.match(outcome.value.activity.channel, /^(?:[a-z0-9][a-z0-9 _-]{0,63}|\(none\))$/);
      }),
      { numRuns: 500 },
    );
  });
});
