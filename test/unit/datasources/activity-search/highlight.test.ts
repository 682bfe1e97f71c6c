import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createHighlighter } from '../../../../src/datasources/activity-search/highlight.ts';
import { tokenize } from '../../../../src/domain/text/text-query.ts';
import { parseTextQuery } from '../../../../src/domain/text/text-query-parser.ts';

function highlight(query: string, ...texts: readonly string[]) {
  const parsed = parseTextQuery(query);
  assert.ok(parsed);
  return createHighlighter(
    parsed,
    true,
  )((visit) => {
    for (const text of texts) visit('field', text, 'A');
  });
}
const fragments = (query: string, text: string): readonly string[] =>
  highlight(query, text)[0]?.fragments ?? [];

test('words, beginnings and whole phrases are marked; what must not occur is not', () => {
  assert.deepEqual(fragments('menu', 'Café-Menü'), ['Café-<em>Menü</em>']);
  assert.deepEqual(fragments('caf*', 'Café, cafeteria'), ['<em>Café</em>, <em>cafeteria</em>']);
  assert.deepEqual(fragments('"a b"', 'b a b a'), ['b <em>a</em> <em>b</em> a']);
  assert.deepEqual(fragments('a -b', 'a b'), ['<em>a</em> b']);
  assert.deepEqual(fragments('字', '漢字かな'), ['漢<em>字</em>かな']);
  assert.deepEqual(fragments('"漢字"', '漢字かな'), ['<em>漢字</em>かな']);
  assert.deepEqual(highlight('absent', 'something else'), []);
});

test('whatever can be found can be shown: each token of a text is marked in it', () => {
  const piece = fc.constantFrom(
    ...[
      'Straße',
      'Łódź',
      'ﾊﾞｽ',
      'バス',
      'ข้าว',
      'दिन',
      'soft\u00adhyphen',
      'العربيـــة',
      'e\u0301',
      'ﬁne',
      ' ',
      '-',
      '漢字',
      '1️⃣',
    ],
  );
  fc.assert(
    fc.property(
      fc.array(piece, { minLength: 1, maxLength: 12 }).map((list) => list.join('')),
      (text) => {
        for (const token of tokenize(text))
          assert.ok(fragments(`"${token}"`, text)[0]?.includes('<em>'), `${token} in ${text}`);
      },
    ),
  );
});

test('of a long text only the surroundings are shown, at most three', () => {
  const gap = ' lorem ipsum'.repeat(40);
  const shown = fragments('needle', `needle${gap} needle${gap} needle${gap} needle`);
  assert.equal(shown.length, 3);
  for (const fragment of shown) {
    assert.ok(fragment.includes('<em>needle</em>'));
    assert.ok(fragment.length < 250, String(fragment.length));
  }
});

test('whatever the text, no markup but ours comes out, and the text itself stays', () => {
  const piece = fc.constantFrom(
    '<',
    '>',
    '&',
    '"',
    "'",
    '<em>',
    '</em>',
    'needle',
    'É',
    '😀',
    ' ',
    'x',
    '&amp;',
  );
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 60 }).map((list) => list.join('')),
      (text) => {
        for (const fragment of fragments('needle OR x OR em', text)) {
          const plain = fragment.replaceAll('<em>', '').replaceAll('</em>', '');
          assert.doesNotMatch(plain, /[<>"']/);
          assert.ok(plain.isWellFormed());
          const entities = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'", '&amp;': '&' } as const;
          const read = plain.replace(
            /&(?:lt|gt|quot|#39|amp);/g,
            (entity) => entities[entity as keyof typeof entities],
          );
          assert.ok(text.includes(read.replace(/^…/, '').replace(/…$/, '')));
        }
      },
    ),
    { numRuns: 500 },
  );
});
