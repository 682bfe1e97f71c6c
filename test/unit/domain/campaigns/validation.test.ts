import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CampaignDefinition, FlowAction, PersonFilter } from '../../../../src/domain/campaigns/model.ts';
import {
  validateDefinition,
  validateListFilter,
} from '../../../../src/domain/campaigns/validation/definition.ts';
import type { Surroundings } from '../../../../src/domain/campaigns/validation/fault.ts';
import { aDefinition, aList, around, doing, EMAIL, VALIDATED_AT } from './definitions.ts';

const DAY = 86_400_000;
const faultsOf = (definition: CampaignDefinition, more: Partial<Surroundings> = {}): string[] =>
  validateDefinition(definition, around(more)).faults.map(({ code, path }) => `${code} ${path}`);
const filtered = (filter: PersonFilter): string[] => faultsOf(aDefinition({ filter }));
const acting = (action: FlowAction): string[] => faultsOf(doing(action));
const mail = (more: object): string[] => acting({ type: 'sendEmail', email: { ...EMAIL, ...more } });
const waiting = (wait: Extract<FlowAction, { type: 'wait' }>['wait']): string[] =>
  acting({ type: 'wait', wait });
const hook = (url: string, allowedHosts: readonly string[] = []): string[] =>
  faultsOf(doing({ type: 'callWebhook', url }), { allowedHosts: new Set(allowedHosts) });
const known: PersonFilter = { op: 'isKnown', value: true };
const did = (more: object): PersonFilter => ({
  op: 'did',
  type: 'Visit Webpage',
  filter: null,
  atLeast: 1,
  atMost: null,
  within: null,
  ...more,
});

describe('faults of a definition', () => {
  test('a right one has none', () => {
    const right = aDefinition({
      filter: { op: 'and', filters: [known, did({ within: { amount: 7, unit: 'DAYS' } })] },
      qualification: { kind: 'ONCE_PER', every: { amount: 1, unit: 'MONTHS' } },
    });
    assert.deepEqual(faultsOf(right), []);
  });

  test('all faults are found at once, each with what would be right', () => {
    const { faults } = validateDefinition(
      aDefinition({
        triggers: [{ type: 'Visit Web Page', filter: null, includeBots: false }],
        timeZone: 'Europe/Berln',
        flow: [],
      }),
      around(),
    );
    assert.deepEqual(
      faults.map(({ code, path }) => [code, path]),
      [
        ['UNKNOWN_TYPE', 'triggers[0].type'],
        ['EMPTY', 'flow'],
        ['UNKNOWN_TIME_ZONE', 'timeZone'],
      ],
    );
    assert.match(faults[0]?.message ?? '', /'Visit Webpage'/);
    assert.match(faults[2]?.message ?? '', /'Europe\/Berlin'/);
  });

  test('something must start it, and triggers have no schedule beside them', () => {
    assert.deepEqual(faultsOf(aDefinition({ triggers: [] })), ['NO_START triggers']);
    assert.deepEqual(faultsOf(aDefinition({ triggers: [], isRequestable: true })), []);
    const schedule = { at: VALIDATED_AT + DAY, everyDays: null };
    assert.deepEqual(faultsOf(aDefinition({ triggers: [], schedule })), []);
    assert.deepEqual(faultsOf(aDefinition({ schedule })), ['NOT_ALLOWED schedule']);
    const late = { at: VALIDATED_AT + 731 * DAY, everyDays: null };
    assert.deepEqual(faultsOf(aDefinition({ triggers: [], schedule: late })), ['OUT_OF_RANGE schedule.at']);
    const never = { at: VALIDATED_AT, everyDays: 0 };
    assert.deepEqual(faultsOf(aDefinition({ triggers: [], schedule: never })), [
      'OUT_OF_RANGE schedule.everyDays',
    ]);
  });

  test('a trigger asks about no certain lead, and its attributes are those of its type', () => {
    const trigger = (filter: CampaignDefinition['triggers'][number]['filter']) =>
      aDefinition({ triggers: [{ type: 'Visit Webpage', filter, includeBots: false }] });
    assert.deepEqual(
      faultsOf(trigger({ op: 'not', filter: { op: 'in', field: 'leadKey', values: ['k'] } })),
      ['NOT_ALLOWED triggers[0].filter.not'],
    );
    const about = (name: string) =>
      validateDefinition(trigger({ op: 'attribute', name, test: 'exists', value: true }), around())
        .undeclared;
    assert.deepEqual(about('url'), []);
    assert.deepEqual(about('uri'), [
      { type: 'Visit Webpage', name: 'uri', path: 'triggers[0].filter.attribute.name' },
    ]);
  });

  test('conditions: empty, too many, too deep, out of bounds', () => {
    assert.deepEqual(filtered({ op: 'and', filters: [] }), ['EMPTY filter']);
    assert.deepEqual(filtered({ op: 'or', filters: [known, { op: 'or', filters: [] }] }), [
      'EMPTY filter.or[1]',
    ]);
    assert.deepEqual(filtered({ op: 'and', filters: Array(999).fill(known) }), []);
    assert.deepEqual(filtered({ op: 'and', filters: Array(1_000).fill(known) }), [
      'TOO_LARGE filter.and[999]',
    ]);
    let deep: PersonFilter = known;
    for (let level = 0; level < 9; level++) deep = { op: 'not', filter: deep };
    assert.deepEqual(filtered(deep), []);
    assert.match(filtered({ op: 'not', filter: deep }).join(), /^TOO_LARGE filter\.not\.not/);
    assert.deepEqual(filtered(did({ atLeast: 0.5 })), ['OUT_OF_RANGE filter.did.atLeast']);
    assert.deepEqual(filtered(did({ atLeast: -1 })), ['OUT_OF_RANGE filter.did.atLeast']);
    assert.deepEqual(filtered(did({ atLeast: 0 })), ['EMPTY filter.did.atLeast']);
    assert.deepEqual(filtered(did({ atLeast: 0, atMost: 0 })), []);
    assert.deepEqual(filtered(did({ atLeast: 2, atMost: 1 })), ['OUT_OF_RANGE filter.did.atMost']);
    for (const amount of [0, -7, 1.5, 4_000])
      assert.deepEqual(filtered(did({ within: { amount, unit: 'DAYS' } })), [
        'OUT_OF_RANGE filter.did.within.amount',
      ]);
    assert.deepEqual(filtered(did({ type: 'Visited' })), ['UNKNOWN_TYPE filter.did.type']);
    assert.deepEqual(filtered({ op: 'inList', listId: 'none' }), ['UNKNOWN_LIST filter.inList']);
    assert.deepEqual(filtered({ op: 'trait', name: '', test: 'exists', value: true }), [
      'EMPTY filter.trait.name',
    ]);
    assert.deepEqual(filtered({ op: 'trait', name: 'age', test: 'range', range: {} }), [
      'EMPTY filter.trait',
    ]);
  });

  test('conditions of a trigger, of the filter and of choices count together', () => {
    const half: PersonFilter = { op: 'and', filters: Array(600).fill(known) };
    assert.deepEqual(
      faultsOf(
        aDefinition({
          filter: half,
          flow: [{ choices: [{ when: half, action: { type: 'sendEmail', email: EMAIL } }], otherwise: null }],
        }),
      ),
      ['TOO_LARGE flow[0].choices[0].when.and[398]'],
    );
  });

  test('an interval of qualification is more than nothing', () => {
    assert.deepEqual(
      faultsOf(aDefinition({ qualification: { kind: 'ONCE_PER', every: { amount: 0, unit: 'DAYS' } } })),
      ['OUT_OF_RANGE qualification.every.amount'],
    );
  });

  test('steps: at most 100, and each does something', () => {
    const step = { choices: [], otherwise: { type: 'changeScore', score: 'score', by: 1 } } as const;
    assert.deepEqual(faultsOf(aDefinition({ flow: Array(100).fill(step) })), []);
    assert.deepEqual(faultsOf(aDefinition({ flow: Array(101).fill(step) })), ['TOO_LARGE flow']);
    assert.deepEqual(faultsOf(aDefinition({ flow: [step, { choices: [], otherwise: null }] })), [
      'EMPTY flow[1]',
    ]);
    assert.deepEqual(acting({ type: 'changeScore', score: 'score', by: 1.5 }), [
      'OUT_OF_RANGE flow[0].otherwise.changeScore.by',
    ]);
    assert.deepEqual(acting({ type: 'changeDataValue', trait: 'note', value: 'x'.repeat(9_000) }), [
      'TOO_LARGE flow[0].otherwise.changeDataValue.value',
    ]);
    assert.deepEqual(acting({ type: 'addToList', listId: 'smart' }), [
      'NOT_ALLOWED flow[0].otherwise.addToList.listId',
    ]);
    assert.deepEqual(acting({ type: 'removeFromList', listId: 'none' }), [
      'UNKNOWN_LIST flow[0].otherwise.removeFromList.listId',
    ]);
  });

  test('waits end between now and two years from now', () => {
    const path = 'OUT_OF_RANGE flow[0].otherwise.wait';
    assert.deepEqual(waiting({ kind: 'duration', duration: { amount: 730, unit: 'DAYS' } }), []);
    for (const amount of [0, -4, 731, 0.5])
      assert.deepEqual(waiting({ kind: 'duration', duration: { amount, unit: 'DAYS' } }), [
        `${path}.duration.amount`,
      ]);
    assert.deepEqual(waiting({ kind: 'until', at: VALIDATED_AT + 730 * DAY }), []);
    for (const at of [VALIDATED_AT - 1, VALIDATED_AT + 730 * DAY + 1, Number.NaN])
      assert.deepEqual(waiting({ kind: 'until', at }), [`${path}.until`]);
    assert.deepEqual(waiting({ kind: 'trait', trait: 'birthday', plusDays: 731, minute: 1_440 }), [
      `${path}.trait.plusDays`,
      `${path}.trait.at`,
    ]);
    assert.deepEqual(waiting({ kind: 'weekday', days: [], minute: 0 }), [
      'EMPTY flow[0].otherwise.wait.weekday.days',
    ]);
  });

  test('messages: addresses alone, one line where one line is meant, Liquid that can be read', () => {
    const at = (field: string, code: string) => [`${code} flow[0].otherwise.sendEmail.${field}`];
    for (const address of [
      'Acme <news@acme.example>',
      'news@acme.example\r\nBcc: all@acme.example',
      'news',
      'a@b',
      '<news@acme.example>',
      'news@acme.example,x@acme.example',
      '',
    ]) {
      assert.deepEqual(mail({ fromAddress: address }), at('fromAddress', 'INVALID_EMAIL_ADDRESS'));
      assert.deepEqual(mail({ replyTo: address }), at('replyTo', 'INVALID_EMAIL_ADDRESS'));
    }
    assert.deepEqual(mail({ fromAddress: 'jörg+x@bücher.example' }), []);
    assert.deepEqual(mail({ subject: 'a\r\nBcc: b' }), at('subject', 'INVALID_VALUE'));
    assert.deepEqual(mail({ subject: ' ' }), at('subject', 'EMPTY'));
    assert.deepEqual(mail({ subject: 'x'.repeat(501) }), at('subject', 'TOO_LARGE'));
    assert.deepEqual(mail({ text: '{% if x %}' }), at('text', 'INVALID_TEMPLATE'));
    assert.deepEqual(mail({ html: '{{ lead.name | nofilter }}' }), at('html', 'INVALID_TEMPLATE'));
    assert.deepEqual(mail({ html: '{% include "secrets" %}' }), at('html', 'INVALID_TEMPLATE'));
    assert.deepEqual(mail({ html: 'x'.repeat(70_000) }), ['TOO_LARGE ']);
    assert.deepEqual(acting({ type: 'sendAlert', to: [], email: EMAIL }), [
      'EMPTY flow[0].otherwise.sendAlert.to',
    ]);
    assert.deepEqual(acting({ type: 'sendAlert', to: ['a@b.example', 'no'], email: EMAIL }), [
      'INVALID_EMAIL_ADDRESS flow[0].otherwise.sendAlert.to[1]',
    ]);
  });

  test('webhooks reach public hosts over https', () => {
    const at = (code: string) => [`${code} flow[0].otherwise.callWebhook.url`];
    assert.deepEqual(hook('https://hooks.example.com/x?y=1'), []);
    for (const url of ['hooks', '/x', 'http://hooks.example.com/', 'ftp://hooks.example.com', ''])
      assert.deepEqual(hook(url), at('INVALID_URL'), url);
    assert.deepEqual(hook('https://user:secret@hooks.example.com/'), at('INVALID_URL'));
    for (const host of [
      '127.0.0.1',
      '0x7f.1',
      '2130706433',
      '10.1.2.3',
      '169.254.169.254',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '[fe80::1]',
      '[fd00::1]',
      '[64:ff9b::7f00:1]',
      'localhost',
      'localhost.',
      'printer.local',
      'intranet',
      'metadata.google.internal',
    ])
      assert.deepEqual(hook(`https://${host}/`), at('PRIVATE_ADDRESS'), host);
    assert.deepEqual(hook('http://127.0.0.1:8080/x', ['127.0.0.1']), at('INVALID_URL'));
    assert.deepEqual(hook('http://127.0.0.1:8080/x', ['127.0.0.1:8080']), []);
    assert.deepEqual(hook('https://127.0.0.1:8081/x', ['127.0.0.1:8080']), at('PRIVATE_ADDRESS'));
  });
});

describe('campaigns that refer to one another', () => {
  const campaign = (id: string, definition: CampaignDefinition) => ({ id, name: id, definition });
  const executing = (...ids: readonly string[]) =>
    doing(...ids.map((campaignId) => ({ type: 'executeCampaign', campaignId }) as const));
  const plain = doing({ type: 'changeScore', score: 'score', by: 1 });
  const at = (code: string, type = 'executeCampaign') => [`${code} flow[0].otherwise.${type}.campaignId`];

  test('no campaign requests or executes itself', () => {
    assert.deepEqual(acting({ type: 'requestCampaign', campaignId: 'self' }), at('CYCLE', 'requestCampaign'));
    assert.deepEqual(acting({ type: 'executeCampaign', campaignId: 'self' }), at('CYCLE'));
    assert.deepEqual(acting({ type: 'removeFromFlow', campaignId: 'self' }), []);
    assert.deepEqual(acting({ type: 'removeFromFlow', campaignId: null }), []);
  });

  test('they are there, and can be requested', () => {
    const campaigns = [campaign('open', { ...plain, isRequestable: true }), campaign('closed', plain)];
    const request = (campaignId: string) =>
      faultsOf(doing({ type: 'requestCampaign', campaignId }), { campaigns });
    assert.deepEqual(request('open'), []);
    assert.deepEqual(request('closed'), at('NOT_ALLOWED', 'requestCampaign'));
    assert.deepEqual(request('none'), at('UNKNOWN_CAMPAIGN', 'requestCampaign'));
    assert.deepEqual(acting({ type: 'executeCampaign', campaignId: 'none' }), at('UNKNOWN_CAMPAIGN'));
    assert.deepEqual(
      acting({ type: 'removeFromFlow', campaignId: 'none' }),
      at('UNKNOWN_CAMPAIGN', 'removeFromFlow'),
    );
  });

  test('executions end, after three levels at most, counted through the campaign', () => {
    const chain = [campaign('a', executing('b')), campaign('b', plain), campaign('c', executing('a'))];
    assert.deepEqual(faultsOf(executing('a'), { campaigns: chain }), []);
    assert.deepEqual(faultsOf(executing('c'), { campaigns: chain }), at('TOO_LARGE'));
    const above = [...chain, campaign('top', executing('self'))];
    assert.deepEqual(faultsOf(executing('b'), { campaigns: above }), []);
    assert.deepEqual(faultsOf(executing('a'), { campaigns: above }), at('TOO_LARGE'));
    const round = [campaign('a', executing('b')), campaign('b', executing('self'))];
    assert.deepEqual(faultsOf(executing('a'), { campaigns: round }), at('CYCLE'));
    const apart = [campaign('a', executing('b')), campaign('b', executing('a'))];
    assert.deepEqual(faultsOf(executing('a'), { campaigns: apart }), at('CYCLE'));
  });

  test('what is executed neither waits nor calls a webhook, from either side', () => {
    const wait = { type: 'wait', wait: { kind: 'duration', duration: { amount: 1, unit: 'DAYS' } } } as const;
    const campaigns = [campaign('a', executing('b')), campaign('b', doing(wait))];
    assert.deepEqual(faultsOf(executing('a'), { campaigns }), at('NOT_ALLOWED'));
    assert.deepEqual(faultsOf(doing(wait), { campaigns: [campaign('top', executing('self'))] }), [
      'NOT_ALLOWED flow[0].otherwise.wait',
    ]);
    assert.deepEqual(faultsOf(doing(wait), { campaigns: [campaign('top', plain)] }), []);
  });
});

describe('smart lists that name one another', () => {
  const inList = (listId: string): PersonFilter => ({ op: 'inList', listId });
  const listFaults = (filter: PersonFilter, lists: readonly ReturnType<typeof aList>[]): string[] =>
    validateListFilter(filter, around({ lists })).faults.map(({ code, path }) => `${code} ${path}`);

  test('five levels, counted through the list, and no circle', () => {
    const chain = [
      aList('l2', inList('l3')),
      aList('l3', inList('l4')),
      aList('l4', inList('l5')),
      aList('l5'),
      aList('l1', inList('l2')),
    ];
    assert.deepEqual(listFaults(inList('l2'), chain), []);
    assert.deepEqual(listFaults(inList('l1'), chain), ['TOO_LARGE filter']);
    assert.deepEqual(listFaults(inList('l2'), [...chain, aList('top', inList('self'))]), [
      'TOO_LARGE filter',
    ]);
    assert.deepEqual(listFaults(inList('a'), [aList('a', inList('self'))]), ['CYCLE filter']);
    assert.deepEqual(listFaults(inList('self'), [aList('self', known)]), ['CYCLE filter']);
    assert.deepEqual(listFaults(inList('none'), []), ['UNKNOWN_LIST filter.inList']);
  });
});
