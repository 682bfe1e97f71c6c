import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { maskAttributes, maskContext, maskLead } from '../../../src/auth/pii.ts';
import {
  type ActivityTypeDefinition,
  STANDARD_TYPES,
  standardType,
} from '../../../src/domain/activity-types.ts';
import { EMAIL_SIGN, MASK, maskEmails } from '../../../src/domain/email/text.ts';
import type { Json, JsonObject } from '../../../src/domain/json.ts';
import type { Lead } from '../../../src/domain/lead.ts';
import { maskText } from '../../../src/domain/personal/text.ts';

/** Addresses after RFC 5321 and 6531: with dots and signs, quoted, of hosts, of other scripts, of bare addresses. */
const atext = "abcdefghijkmnopqrstuvwxyzABCDEFXYZ0123456789!#$%&'*+-/=?^_`{|}~.";
const local = fc.oneof(
  fc.string({ unit: fc.constantFrom(...atext), minLength: 1, maxLength: 64 }),
  fc
    .string({
      unit: fc.constantFrom(...atext, ' ', '@', ',', '(', ')', '<', '>', '[', ']', ':', ';', '\\'),
      maxLength: 62,
    })
    .map((name) => `"${name}"`),
  fc.constantFrom('José', 'дмитрий', '用户', "o'brien", 'a{b}', 'x|'),
);
const domain = fc.oneof(
  fc.domain(),
  fc.constantFrom('localhost', '[192.0.2.1]', '[IPv6:2001:db8::1]', 'münchen.example', '例え.jp'),
);
const address = fc.oneof(
  { weight: 3, arbitrary: fc.emailAddress() },
  { weight: 2, arbitrary: fc.tuple(local, domain).map((parts) => parts.join('@')) },
);
/** What may stand around an address: words, and what quotes, lists and addresses of pages put there. */
const around = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'ab 12@"\'<>()[]{},;:|=&?/.%40\n\u00a0＠', 'masked'), maxLength: 24 }),
  fc.constantFrom('', ' ', 'mailto:', 'https://shop.example/?email=', '<', '>', '","email":"', '%20', 'To: '),
);
/** The forms in which an address can be read off a text. */
const writings = (mail: string): string[] => [
  mail,
  encodeURIComponent(mail),
  encodeURIComponent(encodeURIComponent(mail)),
  mail.replace('@', '%40'),
  mail.replace('@', '＠'),
  mail.replace('@', '&#64;'),
  mail.replace('@', '&#x40;'),
  mail.replace('@', '&amp;commat;'),
  mail.replace('@', '\\u0040'),
  mail.replace('@', '\\x40'),
  mail.replace('@', '=40'),
];
const written = fc.tuple(address, fc.nat(10)).map(([mail, form]) => writings(mail)[form] ?? mail);

describe('masks of text', () => {
  test('no e-mail address that went in comes out, whatever stands around it and however it is written', () => {
    fc.assert(
      fc.property(around, written, around, (before, mail, after) => {
        const shown = maskEmails(before + mail + after);
        assert.ok(!shown.includes(mail), `${before + mail + after} → ${shown}`);
        assert.ok(shown.includes(MASK));
      }),
      { numRuns: 3_000 },
    );
  });

  test('of several addresses none comes out', () => {
    const list = fc.tuple(
      fc.array(written, { minLength: 2, maxLength: 5 }),
      fc.constantFrom(', ', ',', ';', ' ', '\n', '><'),
    );
    fc.assert(
      fc.property(list, ([mails, separator]) => {
        const shown = maskEmails(mails.join(separator));
        for (const mail of mails) assert.ok(!shown.includes(mail), `${mails.join(separator)} → ${shown}`);
      }),
      { numRuns: 1_000 },
    );
  });

  test('a mask on a masked text changes nothing', () => {
    const hostile = fc.string({
      unit: fc.oneof(
        fc.constantFrom(...'a@"\'[]{}<>(),;:|% ＠', '%40', '%2540', MASK, '[masked', 'masked]'),
        fc.string({ minLength: 1, maxLength: 1 }),
      ),
      maxLength: 40,
    });
    fc.assert(
      fc.property(fc.oneof(hostile, written), (text) => {
        const once = maskEmails(text);
        assert.equal(maskEmails(once), once);
      }),
      { numRuns: 5_000 },
    );
  });

  test('names, long ones too, lose their telling part', () => {
    assert.equal(maskEmails('mail jane.doe+news@example.com now'), `mail ${MASK} now`);
    assert.equal(maskEmails('"Jane Doe"@example.com'), MASK);
    assert.equal(maskEmails('<jane@example.com>, "bob@example.org"'), `<${MASK}>, "${MASK}"`);
    assert.equal(maskEmails('/thanks?email=jane%40example.com&x=1'), MASK);
    const long = `"${'x'.repeat(300)}"@example.com`;
    assert.ok(!maskEmails(long).includes('@'));
  });

  test('text without an address stays as it is', () => {
    for (const text of [
      '',
      'Spring sale, 40% off',
      'meet @ 5',
      '@',
      'a @b',
      '100%',
      'a@ b',
      'x%4y',
      'Zürich',
      'page=40&size=400',
      'a &#640; b',
    ])
      assert.equal(maskEmails(text), text);
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }).filter((text) => !/[@＠﹫]|%(?:25)*40|&[a#]|=40|\\[ux]/.test(text)),
        (text) => {
          assert.equal(maskEmails(text), text);
        },
      ),
    );
  });

  test('a text loses what any match of the definition covers, from wherever it begins', () => {
    const definition = new RegExp(
      `(?:[^\\s@<>",;:()[\\]]{1,128}|"[^"]{0,128}"|")(?:${EMAIL_SIGN})(?:[^\\s@<>",;:()[\\]]{1,255}|\\[(?!masked\\])[^\\s[\\]]{1,255}\\]?)`,
      'y',
    );
    const byDefinition = (text: string): string => {
      const covered = Array.from({ length: text.length }, () => false);
      for (let start = 0; start < text.length; start += 1) {
        definition.lastIndex = start;
        covered.fill(true, start, start + (definition.exec(text)?.[0].length ?? 0));
      }
      let shown = '';
      covered.forEach((isCovered, index) => {
        if (!isCovered) shown += text.charAt(index);
        else if (!covered[index - 1]) shown += MASK;
      });
      return shown;
    };
    const piece = fc.oneof(
      fc.constantFrom(...'ab@"[]%; 40', '%40', '&#64;', '\\u0040', '=40', '＠', MASK),
      fc.constantFrom('x'.repeat(126), 'x'.repeat(129), 'x'.repeat(254), 'x'.repeat(256)),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
        const text = pieces.join('');
        assert.equal(maskEmails(text), byDefinition(text));
      }),
      { numRuns: 5_000 },
    );
  });

  test('work grows with the length of a text, whatever is in it', () => {
    const cpuOf = (text: string): number => {
      const { user } = process.cpuUsage();
      for (let round = 0; round < 20; round += 1) maskEmails(text);
      return process.cpuUsage().user - user;
    };
    for (const [unit, tail] of [
      ['a', ' @x'],
      ['a', '@'],
      ['%40', ''],
      ['&#64;', ''],
      ['"@', 'x'],
      ['"', '@x'],
      ['a@[', ''],
      ['=40', ''],
      ['=404', '@x'],
      ['a"@b', ''],
    ] as const) {
      const text = (length: number) => unit.repeat(length / unit.length) + tail;
      for (let warm = 0; warm < 5; warm += 1) cpuOf(text(8_192));
      const least = (length: number) => Math.min(...Array.from({ length: 5 }, () => cpuOf(text(length))));
      // Linear is 16 times, a square 256 times: far enough apart for a machine that does other work too.
      const [short, long] = [least(8_192), least(16 * 8_192)];
      assert.ok(long < 100 * Math.max(short, 500), `${unit}: ${short} and ${long} microseconds`);
    }
  });

  test('no text makes the search slow: work grows with the length, not with its square', () => {
    // 16 times the longest string that is taken; a square would take until the time limit of the suite.
    const length = 16 * 8_192;
    for (const unit of [
      'a',
      '"',
      '%',
      '%25',
      'a"',
      '@',
      'a@',
      '@"',
      '%40',
      '[',
      '[masked]@',
      '@[',
      '.a%2540',
      'a%',
      ' "a',
      '＠"',
    ])
      for (const tail of ['', '@', '@x', '"@', '%40'])
        assert.equal(typeof maskEmails(unit.repeat(Math.ceil(length / unit.length)) + tail), 'string');
  });
});

/** A JSON value with addresses in strings and names. */
const { json } = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'small' },
    written,
    fc.string(),
    fc.integer(),
    fc.constantFrom(null, true),
    fc.array(tie('json'), { maxLength: 3 }),
    fc.dictionary(fc.oneof(written, fc.string()), tie('json'), { maxKeys: 3 }),
  ),
}));
const object: fc.Arbitrary<JsonObject> = fc.dictionary(
  fc.oneof(written, fc.string(), fc.constantFrom('ip', 'email', 'page', 'device', 'user')),
  json,
  { maxKeys: 4 },
);

function texts(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [key, ...texts(inner)]);
}
/** No string or name of the shown value has one of the addresses that the other has as a whole string. */
function assertNoneOf(secret: unknown, shown: unknown): void {
  const out = texts(shown).join('\n');
  for (const text of texts(secret))
    if (/.(@|＠|%40|%2540)./.test(text) && text.length > 3)
      assert.ok(!out.includes(text), `${text} in ${out}`);
}

const type = (...personal: string[]): ActivityTypeDefinition => ({
  name: 'Test',
  number: 100_001,
  category: 'CUSTOM',
  description: '',
  conversion: false,
  standard: false,
  attributes: personal.map((name) => ({
    name,
    dataType: 'STRING',
    description: '',
    required: false,
    pii: true,
  })),
});

describe('masks of what is stored', () => {
  test('of what no type declares, numbers and what is known to be harmless are shown, and no other text', () => {
    const event = standardType('Track Event');
    assert.deepEqual(
      maskAttributes(
        {
          event: 'Signed Up',
          firstName: 'Ann',
          note: 'Ann said so',
          phone: 4915123456,
          Age: 41,
          price: 12.5,
          isNew: true,
          url: 'https://shop.example/a?to=ann@x.example',
          utm_source: 'news',
          address: { street: 'Elm Street 1', floor: 2 },
          products: [{ name: 'Shoe', sku: 'S-1', engraving: 'For Ann', price: 3 }],
          user: { title: 'Dr', url: 'https://ann.example' },
        },
        event,
      ),
      {
        event: 'Signed Up',
        firstName: MASK,
        note: MASK,
        phone: MASK,
        Age: MASK,
        price: 12.5,
        isNew: true,
        url: `https:${MASK}`,
        utm_source: 'news',
        address: MASK,
        products: [{ name: 'Shoe', sku: 'S-1', engraving: MASK, price: 3 }],
        user: MASK,
      },
    );
  });

  test('of a context, only what is known to be harmless is shown', () => {
    assert.deepEqual(
      maskContext({
        device: { id: 7, token: 'T', name: "Ann's phone", type: 'ios', manufacturer: 'A', model: 'B' },
        user: { name: 'Ann', id: 7 },
        userId: 'u-1',
        location: { city: 'Oslo', country: 'NO' },
        app: { name: 'Shop', version: '1.2', owner: 'Ann' },
        screen: { width: 390, label: 'Ann' },
        custom: { title: 'Dr Ann', url: 'https://ann.example', width: 3 },
        groupId: 'acme',
      }),
      {
        device: { id: MASK, token: MASK, name: MASK, type: 'ios', manufacturer: 'A', model: 'B' },
        user: MASK,
        userId: MASK,
        location: { city: MASK, country: 'NO' },
        app: { name: 'Shop', version: '1.2', owner: MASK },
        screen: { width: 390, label: MASK },
        custom: { title: MASK, url: MASK, width: 3 },
        groupId: MASK,
      },
    );
  });

  test('no address comes out of attributes, context or lead, at any depth', () => {
    const mailOrJson = fc.dictionary(written, fc.oneof(written, json), { minKeys: 1, maxKeys: 3 });
    fc.assert(
      fc.property(mailOrJson, object, (attributes, context) => {
        const whole = { ...context, nested: [{ deep: attributes }] };
        for (const value of [attributes, whole]) {
          const mails = texts(value).filter((text) => maskText(text) !== text);
          const shown = [
            maskAttributes(value, type()),
            maskContext(value),
            maskLead(aLead({ traits: value })).traits,
          ];
          for (const one of shown) assertNoneOf(mails, one);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('masks of stored values are idempotent', () => {
    fc.assert(
      fc.property(object, (value) => {
        for (const mask of [(v: JsonObject) => maskAttributes(v, type('email')), maskContext])
          assert.deepEqual(mask(mask(value)), mask(value));
      }),
    );
  });

  test('an attribute that is declared personal is masked as a whole, whatever its value', () => {
    fc.assert(
      fc.property(json, json, (secret, other) => {
        const shown = maskAttributes({ phone: secret, other }, type('phone'));
        assert.equal(shown['phone'], MASK);
        assert.deepEqual(Object.keys(shown), ['phone', 'other']);
      }),
    );
    for (const standard of STANDARD_TYPES)
      for (const { name, pii } of standard.attributes)
        assert.equal(
          maskAttributes({ [name]: 'value' }, standard)[name],
          pii ? MASK : 'value',
          `${standard.name}.${name}`,
        );
  });

  test('of a type nobody knows every attribute is masked', () => {
    assert.deepEqual(maskAttributes({ a: 1, b: { c: 'x' } }, undefined), { a: MASK, b: MASK });
  });

  test('of a context, what identifies a person or a device is masked wherever it stands and however it is spelled', () => {
    assert.deepEqual(
      maskContext({
        ip: '203.0.113.9',
        traits: { plan: 'pro' },
        userAgent: 'Mozilla/5.0',
        page: { url: 'https://shop.example/?to=jane@example.com', title: 'Home' },
        device: { advertisingId: 'A', type: 'ios', device_id: 'D' },
        location: { latitude: 1, longitude: 2, country: 'DE' },
        proxies: [{ 'IP-Address': '203.0.113.9', IP: null }],
      }),
      {
        ip: MASK,
        traits: MASK,
        userAgent: 'Mozilla/5.0',
        page: { url: `https:${MASK}`, title: 'Home' },
        device: { advertisingId: MASK, type: 'ios', device_id: MASK },
        location: { latitude: MASK, longitude: MASK, country: 'DE' },
        proxies: [{ 'IP-Address': MASK, IP: MASK }],
      },
    );
  });

  test('of a lead, traits keep their names only, and ids are shown where they are no addresses', () => {
    const lead = aLead({
      externalId: 'jane@example.com',
      email: 'jane@example.com',
      traits: { plan: 'pro', 'bob@example.com': 1, nothing: null },
      aliases: ['device-1', 'old@example.com'],
    });
    const shown = maskLead(lead);
    assert.deepEqual(shown, {
      ...lead,
      externalId: MASK,
      email: MASK,
      traits: { plan: MASK, [MASK]: MASK, nothing: MASK },
      aliases: ['device-1', MASK],
    });
    assert.deepEqual(maskLead(shown), shown);
    const unknown = aLead({});
    assert.deepEqual(maskLead(unknown), unknown);
  });
});

function aLead(parts: Partial<Lead>): Lead {
  return {
    key: 'k',
    externalId: null,
    email: null,
    traits: {},
    aliases: [],
    firstSeenAt: 1,
    lastSeenAt: 2,
    ...parts,
  };
}
