import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type TextQuery, tokenize } from '../../../../src/domain/text/text-query.ts';
import { parseTextQuery } from '../../../../src/domain/text/text-query-parser.ts';
import { DomainError } from '../../../../src/lib/errors.ts';

const word = (token: string): TextQuery => ({ op: 'word', token });
const [a, b, c] = [word('a'), word('b'), word('c')];

const readings: readonly (readonly [string, TextQuery | null])[] = [
  ['a', a],
  ['A b', { op: 'and', parts: [a, b] }],
  ['a AND b', { op: 'and', parts: [a, b] }],
  ['a b OR c', { op: 'or', parts: [{ op: 'and', parts: [a, b] }, c] }],
  ['a (b OR c)', { op: 'and', parts: [a, { op: 'or', parts: [b, c] }] }],
  ['-a', { op: 'not', part: a }],
  ['NOT a', { op: 'not', part: a }],
  ['--a', a],
  ['a -(b c)', { op: 'and', parts: [a, { op: 'not', part: { op: 'and', parts: [b, c] } }] }],
  ['"a b"', { op: 'phrase', tokens: ['a', 'b'] }],
  ['"a"', a],
  ['"a OR b"', { op: 'phrase', tokens: ['a', 'or', 'b'] }],
  ['a-b', { op: 'phrase', tokens: ['a', 'b'] }],
  ['ab*', { op: 'prefix', token: 'ab' }],
  ['a-b*', { op: 'and', parts: [a, { op: 'prefix', token: 'b' }] }],
  ['"a b*"', { op: 'phrase', tokens: ['a', 'b'] }],
  ['a - b', { op: 'and', parts: [a, b] }],
  ['漢字', { op: 'phrase', tokens: ['漢', '字'] }],
  ['', null],
  [' \n\t', null],
  ['!? ()', null],
  ['-!', null],
  ['🚀', null],
  ['a OR !', a],
];

test('queries are read as the language says', () => {
  for (const [text, query] of readings) assert.deepEqual(parseTextQuery(text), query, text);
});

const faults: readonly (readonly [string, number])[] = [
  ['a (b', 3],
  ['a) b', 2],
  ['"a', 1],
  ['a "b', 3],
  ['OR a', 1],
  ['a OR', 5],
  ['a OR OR b', 6],
  ['a AND', 6],
  ['a NOT', 6],
  ['(a OR )', 7],
  [`${'('.repeat(11)}a${')'.repeat(11)}`, 11],
];

test('what can not be read is refused with the position of the fault', () => {
  for (const [text, position] of faults)
    assert.throws(
      () => parseTextQuery(text),
      (error) =>
        error instanceof DomainError &&
        error.code === 'BAD_USER_INPUT' &&
        error.field === 'query' &&
        error.message.includes(`at character ${position}:`),
      text,
    );
});

test('length, words and nesting have limits, and the limits themselves are allowed', () => {
  const words = (count: number): string => Array.from({ length: count }, (_, index) => `w${index}`).join(' ');
  assert.ok(parseTextQuery(words(64)));
  assert.throws(() => parseTextQuery(words(65)), /more than 64 words/);
  assert.ok(parseTextQuery(`${'('.repeat(10)}a${')'.repeat(10)}`));
  assert.ok(parseTextQuery('x'.repeat(1_024)));
  assert.throws(() => parseTextQuery('x'.repeat(1_025)), /at most 1024 are allowed/);
});

const pieces = fc.array(
  fc.constantFrom(
    '(',
    ')',
    '"',
    '-',
    '*',
    ' ',
    'OR',
    'AND',
    'NOT',
    'a',
    'bc',
    'É',
    '漢',
    "'",
    '\\',
    ':',
    '&',
    '|',
    '!',
    '<->',
    '\0',
    '\ud800',
  ),
  { maxLength: 40 },
);

test('any string is read or refused with BAD_USER_INPUT, and never anything else', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 1_100 }),
    pieces.map((list) => list.join('')),
    pieces.map((list) => list.join(' ')),
  );
  fc.assert(
    fc.property(text, (query) => {
      try {
        const parsed = parseTextQuery(query);
        if (parsed) checkShape(parsed);
      } catch (error) {
        assert.ok(error instanceof DomainError && error.code === 'BAD_USER_INPUT', String(error));
      }
    }),
    { numRuns: 2_000 },
  );
});

/** A parsed query has only what the type promises: no empty or single lists, tokens as `tokenize` gives them. */
function checkShape(query: TextQuery): void {
  switch (query.op) {
    case 'word':
    case 'prefix':
      assert.deepEqual(tokenize(query.token), [query.token]);
      return;
    case 'phrase':
      assert.ok(query.tokens.length >= 2);
      return;
    case 'and':
    case 'or':
      assert.ok(query.parts.length >= 2);
      assert.ok(
        query.parts.every((part) => part.op !== query.op),
        'flat',
      );
      query.parts.forEach(checkShape);
      return;
    case 'not':
      assert.notEqual(query.part.op, 'not');
      checkShape(query.part);
      return;
    default:
      assert.fail(JSON.stringify(query satisfies never));
  }
}

test('tokens ignore letter case, accents and forms of a letter; long runs become several', () => {
  assert.deepEqual(tokenize('Café-Menü 2, ﬁne'), ['cafe', 'menu', '2', 'fine']);
  assert.deepEqual(tokenize('ΟΔΟΣ'), tokenize('οδοσ'));
  assert.deepEqual(tokenize('日本 Sushi寿司'), ['日', '本', 'sushi', '寿', '司']);
  assert.deepEqual(
    tokenize('x'.repeat(300)).map(({ length }) => length),
    [255, 45],
  );
});

/** What people type for a word, and the word as it is written. */
const SPELLINGS: readonly (readonly [string, string])[] = [
  ['strasse', 'Straße'],
  ['STRASSE', 'Straße'],
  ['groẞe', 'GROSSE'],
  ['lodz', 'Łódź'],
  ['malmo orsted', 'Malmö Ørsted'],
  ['dorde', 'Đorđe'],
  ['istanbul diyarbakir', 'İstanbul Diyarbakır'],
  ['oeuvre aether thorn', 'Œuvre Æther þorn'],
  ['σισυφος', 'ΣΊΣΥΦΟΣ'],
  ['softhyphen', 'soft\u00adhyphen'],
  ['العربية', 'العربيـــة'],
  ['محمد', 'مُحَمَّد'],
  ['שלום', 'שָׁלוֹם'],
  ['ёлка', 'елка'],
  ['バス', 'ﾊﾞｽ'],
  ['e\u0301te\u0301', 'été'],
  ['می\u200cخواهم', 'میخواهم'],
];
const OTHER_WORDS: readonly (readonly [string, string])[] = [
  ['दिन', 'दान'],
  ['バス', 'パス'],
  ['バス', 'ハス'],
  ['かぎ', 'かき'],
  ['தமிழ்', 'தமழ'],
];

test('spellings of one word have equal tokens; marks that are letters tell words apart', () => {
  for (const [typed, written] of SPELLINGS) assert.deepEqual(tokenize(typed), tokenize(written), written);
  for (const [one, other] of OTHER_WORDS) assert.notDeepEqual(tokenize(one), tokenize(other), other);
});

test('scripts without spaces come apart into letters with their marks, so that a word is found in a sentence', () => {
  const isIn = (word: string, sentence: string): boolean =>
    `|${tokenize(sentence).join('|')}|`.includes(`|${tokenize(word).join('|')}|`);
  for (const [word, sentence] of [
    ['ข้าว', 'กินข้าวผัด'],
    ['ເຂົ້າ', 'ກິນເຂົ້າຜັດ'],
    ['បាយ', 'ញ៉ាំបាយឆា'],
    ['ထမင်း', 'ငါထမင်းစားတယ်'],
    ['寿司', '日本寿司屋'],
  ] as const)
    assert.ok(isIn(word, sentence), sentence);
});

test('a token is a token of itself, whatever the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      for (const token of tokenize(text)) {
        assert.deepEqual(tokenize(token), [token]);
        assert.ok(Buffer.byteLength(token) <= 2_046);
      }
    }),
    { numRuns: 2_000 },
  );
});
