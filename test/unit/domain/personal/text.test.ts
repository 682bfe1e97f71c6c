import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { harmlessSql } from '../../../../src/datasources/activity-search/postgres/filter.ts';
import type { Db } from '../../../../src/datasources/db/db.ts';
import { HARMLESS_NAMES, PERSONAL_NAMES } from '../../../../src/domain/personal/names.ts';
import { holdsPersonal, maskText, mayHoldPersonal } from '../../../../src/domain/personal/text.ts';
import { drivers } from '../../../support/databases.ts';

const SHOWN: readonly (readonly [text: string, shown: string])[] = [
  ['https://x.example/?name=Ann&phone=555&page=2', 'https://x.example/?name=[masked]&phone=[masked]&page=2'],
  ['/thanks?email=jane%40x.example&x=1', '/thanks?email=[masked]&x=1'],
  ['?First-Name=Ann;Lee&x=1', '?First-Name=[masked]&x=1'],
  ['name=Ann&utm_source=n', 'name=[masked]&utm_source=n'],
  ['?a=1&amp;last%5Fname=Lee&amp;b=2', '?a=1&amp;last%5Fname=[masked]&amp;b=2'],
  ['?user[phone]=5&contact%5Bcity%5D=Oslo', '?user[phone]=[masked]&contact%5Bcity%5D=[masked]'],
  ['?phone[]=5&x=1', '?phone[]=[masked]&x=1'],
  ['?billing_phone=5#top', '?billing_phone=[masked]#top'],
  ['https://x.example/#access_token=abc&state=1', 'https://x.example/#access_token=[masked]&state=1'],
  ['?to=https%3A%2F%2Fy%2F%3Fphone%3D5&b=2', '?to=https%3A%2F%2Fy%2F%3Fphone%3D[masked]&b=2'],
  ['?to=%253Fphone%253D5&b=2', '?to=%253Fphone%253D[masked]&b=2'],
  ['?name=&utm_term=a', '?name=&utm_term=a'],
  [
    'https://x.example/?utm_campaign=spring&sku=1&color=red',
    'https://x.example/?utm_campaign=spring&sku=1&color=red',
  ],
  ['a = b, c == d', 'a = b, c == d'],
];

const text = fc
  .array(
    fc.oneof(
      fc.constantFrom(...PERSONAL_NAMES, 'name', 'user_email', 'First-Name', 'x', 'utm_source'),
      fc.constantFrom(
        '?',
        '&',
        ';',
        '#',
        '=',
        '[',
        ']',
        '%3F',
        '%26',
        '%253d',
        '%5B',
        '%5d',
        '%5F',
        '_',
        '.',
        ' ',
        '\n',
      ),
      fc.string({ maxLength: 4 }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

test('values of personal parameters are masked, and the rest of the address is shown', () => {
  for (const [before, shown] of SHOWN) assert.equal(maskText(before), shown);
});

test('every personal name is masked as a parameter, and no harmless one', () => {
  for (const name of PERSONAL_NAMES) assert.equal(maskText(`/?${name}=v1&x=1`), `/?${name}=[masked]&x=1`);
  for (const name of HARMLESS_NAMES) assert.equal(mayHoldPersonal(`/?x=1&${name}=v1`), false, name);
});

test('what a mask hides is known to search, and masking again changes nothing', () => {
  fc.assert(
    fc.property(text, (original) => {
      const shown = maskText(original);
      if (shown !== original) assert.ok(mayHoldPersonal(original) && holdsPersonal(original));
      assert.equal(maskText(shown), shown);
    }),
    { numRuns: 2_000 },
  );
});

test('the work grows with the length of the text', () => {
  for (const unit of ['?phone[', '%25', '&a=', '?a&phone=', '[', '?', '%3F', 'a_', '=', 'phone[x']) {
    const long = unit.repeat(Math.ceil(400_000 / unit.length));
    const started = process.cpuUsage();
    for (const whole of [long, `${long}=`, `?${long}=1`]) {
      maskText(whole);
      mayHoldPersonal(whole);
    }
    const { user } = process.cpuUsage(started);
    // Quadratic work would take minutes.
    assert.ok(user < 20_000_000, `${unit}: ${user} µs`);
  }
});

for (const driver of drivers)
  describe(`what is personal in a text, on ${driver.name}`, () => {
    let db: Db;
    before(async () => {
      db = await driver.open();
    });
    after(() => db.close());

    test('the database tells the same', async () => {
      const samples = [...SHOWN.map(([sample]) => sample), ...fc.sample(text, 1_000)].filter(
        (sample) => !sample.includes('\0'),
      );
      const rows = await db.query<{ harmless: boolean }>(
        `SELECT ${harmlessSql('t')} AS harmless FROM unnest($1::text[]) WITH ORDINALITY AS s(t, n) ORDER BY n`,
        [samples],
      );
      for (const [index, sample] of samples.entries())
        assert.equal(rows[index]?.harmless, !mayHoldPersonal(sample), JSON.stringify(sample));
    });
  });
