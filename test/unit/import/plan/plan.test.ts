import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { STANDARD_TYPES } from '../../../../src/domain/activity-types.ts';
import type { JsonObject } from '../../../../src/domain/json.ts';
import { checkHeader, columnsOf } from '../../../../src/import/plan/columns.ts';
import { compilePlan } from '../../../../src/import/plan/plan.ts';
import type { Reading } from '../../../../src/import/values/conversions.ts';
import { parseMapping } from '../../../../src/import/values/mapping.ts';
import { parseNumber } from '../../../../src/import/values/numbers.ts';

const mapped = (mapping: object, row: JsonObject, number = 1, reading: Partial<Reading> = {}) => {
  const whole = parseMapping(JSON.stringify(mapping));
  const read = {
    columns: undefined,
    zone: whole.zone,
    decimal: whole.decimal ?? '.',
    nulls: [],
    ...reading,
  } as const;
  return compilePlan(whole, read, STANDARD_TYPES)({ number, values: row });
};
const BASE = { externalId: { column: 'user' }, occurredAt: { column: 'time' } };
const ROW = { user: 'u1', time: '2026-01-01T00:00:00Z' };
// biome-ignore lint/suspicious/noExplicitAny: a test looks at what is there.
const draftOf = (mapping: object, row: JsonObject, number?: number): any => {
  const [said] = mapped({ type: { value: 'Track Event' }, ...BASE, ...mapping }, { ...ROW, ...row }, number);
  return said?.kind === 'activity' ? { ...said.draft, messageId: said.messageId } : said;
};

describe('mapping of rows', () => {
  test('constants, the number of the row, templates, letter case, maps and defaults', () => {
    const draft = draftOf(
      {
        occurredAt: { value: '2026-05-01', zone: 'UTC' },
        messageId: { template: 'order-{id}-{#}' },
        assetId: { column: 'kind', map: { a: 'alpha', '*': 'other' } },
        channel: { column: 'source', case: 'lower', trim: true },
        campaign: { id: { column: 'campaign', default: 'none' } },
        attributes: {
          n: { row: true },
          text: { template: '{{{user}}}' },
          half: { template: '{user}-{missing}', optional: true },
          same: { column: 'kind', map: { b: 'beta' } },
        },
      },
      { id: 7, kind: 'c', source: ' Web ' },
      12,
    );
    assert.deepEqual(
      [draft.messageId, draft.assetId, draft.channel, draft.campaign, draft.occurredAt],
      ['order-7-12', 'other', 'web', { id: 'none', name: null }, Date.UTC(2026, 4, 1)],
    );
    assert.deepEqual(draft.attributes, { n: 12, text: '{u1}', same: 'c' });
  });

  test('several activities a row, each with its condition; what one does not say is said for all', () => {
    const mapping = {
      ...BASE,
      activities: [
        { type: { value: 'Visit Webpage' }, when: { column: 'visit', equals: 1 } },
        {
          type: { value: 'Complete Order' },
          when: { column: 'spend', empty: false },
          externalId: { column: 'buyer' },
        },
        {
          type: { value: 'Track Event' },
          when: { any: [{ column: 'k', in: ['x'] }, { not: { column: 'k', matches: '^y' } }] },
        },
      ],
    };
    const kinds = (row: JsonObject) =>
      mapped(mapping, { ...ROW, ...row }).map((said) =>
        said.kind === 'activity' ? [said.draft.type, said.draft.externalId] : said,
      );
    assert.deepEqual(kinds({ visit: '1', spend: 5, buyer: 'b', k: 'y' }), [
      ['Visit Webpage', 'u1'],
      ['Complete Order', 'b'],
    ]);
    assert.deepEqual(kinds({ visit: 0, k: 'x' }), [['Track Event', 'u1']]);
    assert.deepEqual(kinds({ visit: 0, k: 'yes' }), []);
    assert.throws(
      () => parseMapping(JSON.stringify({ ...mapping, messageId: { column: 'id' } })),
      /several activities of a row would share it/,
    );
  });

  test('context nests by dots, and a standard attribute has the type that it declares', () => {
    const draft = draftOf(
      {
        type: { value: 'Complete Order' },
        decimal: ',',
        attributes: { revenue: { column: 'r' }, orderId: { column: 'id' } },
        context: {
          'page.url': { column: 'url' },
          'page.referrer': { value: 'https://a.example' },
          ip: { column: 'ip' },
        },
      },
      { r: '1.234,50', id: 17, url: 'https://b.example', ip: '10.0.0.1' },
    );
    assert.deepEqual(draft.attributes, { revenue: 1234.5, orderId: '17' });
    assert.deepEqual(draft.context, {
      page: { url: 'https://b.example', referrer: 'https://a.example' },
      ip: '10.0.0.1',
    });
  });

  test('values that are not what they should be are told by column path and reason', () => {
    const fault = (attribute: object, value: string) =>
      draftOf({ attributes: { a: { column: 'v', ...attribute } } }, { v: value });
    for (const [attribute, value, message] of [
      [{ as: 'number' }, '10,50', /no number; with a decimal comma/],
      [{ as: 'integer' }, '1.5', /no whole number/],
      [{ as: 'integer' }, '9007199254740993', /more digits/],
      [{ as: 'boolean' }, 'maybe', /neither true nor false/],
      [{ as: 'time' }, '2026-01-01', /no time zone/],
      [{ as: 'json' }, '{', /no valid JSON/],
    ] as const) {
      const { error } = fault(attribute, value);
      assert.match(error.message, message);
      assert.equal(error.path, 'attributes.a');
    }
  });

  test('numbers by their decimal mark; what may be another number is none', () => {
    for (const [text, decimal, number] of [
      ['1234.5', '.', 1234.5],
      ['1,234.5', '.', 1234.5],
      ['1,234,567', '.', 1_234_567],
      ['1,234', '.', undefined],
      ['10,50', '.', undefined],
      ['10,50', ',', 10.5],
      ['1.234', ',', 1234],
      ['1.23', ',', undefined],
      ["1'234,5", ',', 1234.5],
      ['1\u202f234\u202f567,5', ',', 1_234_567.5],
      ['-.5', '.', -0.5],
      ['1e3', '.', 1000],
      ['0x10', '.', undefined],
      ['Infinity', '.', undefined],
      ['', '.', undefined],
    ] as const)
      assert.equal(parseNumber(text, decimal), number, `${text} with ${decimal}`);
  });

  test("rows of Marketo's bulk export: types by number, attributes by Marketo's names, the rest kept in the context", () => {
    const mapping = {
      messageId: { column: 'marketoGUID' },
      type: { column: 'activityTypeId' },
      externalId: { column: 'leadId' },
      occurredAt: { column: 'activityDate' },
      marketo: { attributes: { column: 'attributes' }, primary: { column: 'primaryAttributeValue' } },
    };
    const row = {
      marketoGUID: '9',
      leadId: 5,
      activityDate: '2026-01-01T00:00:00Z',
      activityTypeId: '13',
      primaryAttributeValue: 'Phone',
      attributes:
        '{"New Value":"2","Old Value":null,"Reason":"Form","Source":"Web service API","Request Id":"r-1"}',
    };
    const [said] = mapped(mapping, row);
    assert.ok(said?.kind === 'activity');
    assert.deepEqual(
      [said.messageId, said.draft.type, said.draft.attributes, said.draft.context],
      [
        '9',
        'Change Data Value',
        { attributeName: 'Phone', newValue: '2', reason: 'Form' },
        { marketo: { Source: 'Web service API', 'Request Id': 'r-1' } },
      ],
    );
    const [visit] = mapped(mapping, {
      ...row,
      activityTypeId: 1,
      attributes: [
        { name: 'User Agent', value: 'Mozilla/5.0' },
        { name: 'Webpage URL', value: '/pricing.html' },
      ],
    });
    assert.ok(visit?.kind === 'activity');
    assert.deepEqual(
      [visit.draft.type, visit.draft.attributes, visit.draft.context],
      [
        'Visit Webpage',
        { path: '/pricing.html' },
        { userAgent: 'Mozilla/5.0', marketo: { primaryAttributeValue: 'Phone' } },
      ],
    );
  });

  test('people: who they are, traits, aliases and since when; alone or beside activities', () => {
    const lead = {
      externalId: { column: 'user' },
      email: { column: 'mail', case: 'lower' },
      traits: { plan: { column: 'plan' }, age: { column: 'age', as: 'integer' } },
      aliases: [{ column: 'old', optional: true }],
      at: { column: 'time' },
    };
    const row = { ...ROW, mail: 'Ann@Example.com', plan: 'pro', age: '41', old: '' };
    const expected = {
      kind: 'lead',
      at: Date.UTC(2026, 0, 1),
      draft: {
        externalId: 'u1',
        anonymousId: null,
        email: 'ann@example.com',
        traits: { plan: 'pro', age: 41 },
        aliases: [],
      },
    };
    assert.deepEqual(mapped({ lead }, row), [expected]);
    assert.deepEqual(
      mapped({ type: { value: 'New Lead' }, ...BASE, lead }, row).map(({ kind }) => kind),
      ['activity', 'lead'],
    );
  });

  test('every fault of a mapping is named with its place', () => {
    assert.throws(
      () =>
        parseMapping(
          '{"type": {"column": "a", "value": "b"}, "occurredAt": {"column": "t", "format": "lunar"}, "zone": "Mars", "extra": 1}',
        ),
      (error: Error) =>
        ['type: must have exactly one of', 'occurredAt.format', 'zone: is no time zone', 'extra'].every(
          (part) => error.message.includes(part),
        ),
    );
    assert.throws(() => parseMapping('{"type": {"value": "a"}}'), /occurredAt: is needed/);
    assert.throws(() => parseMapping('{'), /no valid JSON/);
    assert.throws(() => parseMapping('{"lead": {"email": {"column": "m"}}}'), /externalId or anonymousId/);
  });

  test('columns that a header lacks or has twice are named, with near ones; optional ones may be missing', () => {
    const used = columnsOf(
      parseMapping(
        JSON.stringify({
          type: { value: 'x' },
          ...BASE,
          when: { column: 'kind', equals: 'a' },
          messageId: { template: 'm-{row_id}' },
          assetId: { column: 'asset', optional: true },
          attributes: { value: { column: 'campaing' }, column: { column: 'title' } },
        }),
      ),
    );
    assert.deepEqual(used.map(({ name }) => name).sort(), [
      'asset',
      'campaing',
      'kind',
      'row_id',
      'time',
      'title',
      'user',
    ]);
    assert.throws(
      () => checkHeader(used, ['user', 'time', 'kind', 'camp', 'title', 'title', 'Row ID']),
      (error: Error) =>
        /'campaing', which the file lacks\. Is 'camp' meant/.test(error.message) &&
        /'title' 2 times/.test(error.message) &&
        /'row_id'.*Is 'Row ID' meant/.test(error.message) &&
        !/asset/.test(error.message),
    );
    assert.throws(() => checkHeader(used, ['user;time;title']), /--delimiter ";" meant/);
  });
});
