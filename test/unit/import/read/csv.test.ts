import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { FileRow } from '../../../../src/import/model/row.ts';
import { csvSplitter } from '../../../../src/import/read/csv.ts';

/** Splits a text that comes in chunks of the given sizes, over and over. */
function split(text: string | Buffer, delimiter = ',', sizes: readonly number[] = [65_536]): FileRow[] {
  const bytes = Buffer.from(text as string);
  const splitter = csvSplitter(delimiter);
  const parts: FileRow[][] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    parts.push(splitter.push(bytes.subarray(at, at + size)));
    at += size;
  }
  return [...parts, splitter.end()].flat();
}
const shown = (rows: readonly FileRow[]) =>
  rows.map((row) => [row.line, 'values' in row ? row.values : row.raw]);

/** Writes CSV as RFC 4180 has it: what needs quotes gets them, and more where the writer likes to. */
const written = (
  rows: readonly (readonly [string, boolean])[][],
  ends: readonly string[],
  delimiter: string,
) =>
  rows
    .map((row, index) => {
      const fields = row.map(([value, likesQuotes]) =>
        likesQuotes || /["\r\n]/.test(value) || value.includes(delimiter)
          ? `"${value.replaceAll('"', '""')}"`
          : value,
      );
      return fields.join(delimiter) + ends[index % ends.length];
    })
    .join('');

describe('rows of CSV', () => {
  test('whatever a writer writes is read back, with any line ends, quotes, delimiter and chunks', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', 'é', '"', ',', ';', '\n', '\r', ' ', '\t', '漢', '😀'),
      maxLength: 8,
    });
    const file = fc.integer({ min: 1, max: 5 }).chain((columns) =>
      fc.array(fc.array(fc.tuple(text, fc.boolean()), { minLength: columns, maxLength: columns }), {
        minLength: 1,
        maxLength: 8,
      }),
    );
    fc.assert(
      fc.property(
        file,
        fc.constantFrom(',', ';', '\t', '|'),
        fc.array(fc.constantFrom('\n', '\r\n'), { minLength: 1, maxLength: 4 }),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }),
        (rows, delimiter, ends, sizes) => {
          const header = rows[0]?.map((_, index) => [`c${index}`, false] as [string, boolean]) ?? [];
          const all = [header, ...rows];
          const expected = all.filter((row) => row.some(([value]) => value.trim() !== ''));
          const read = split(written(all, ends, delimiter), delimiter, sizes);
          assert.deepEqual(
            read.map((row) => ('values' in row ? row.values : row.fault.message)),
            expected.map((row) => row.map(([value]) => value)),
          );
        },
      ),
      { numRuns: 500 },
    );
  });

  test('each row has the line it begins on, after blank rows and values of several lines', () => {
    const text = 'a,b\n\n1,"x\ny"\r\n   \n,\n"2",z\n\n3,w';
    assert.deepEqual(shown(split(text)), [
      [1, ['a', 'b']],
      [3, ['1', 'x\ny']],
      [7, ['2', 'z']],
      [9, ['3', 'w']],
    ]);
  });

  test('line ends mix: LF header with CRLF rows, CRLF header with LF rows, CR CR LF, and CR alone of old Macs', () => {
    for (const text of [
      'a,b\n1,"x"\r\n2,y\r\n',
      'a,b\r\n1,x\n2,y\n',
      'a,b\r\r\n1,x\r\r\n2,y',
      'a,b\r1,x\r2,y\r',
    ])
      assert.deepEqual(
        shown(split(text, ',', [1])),
        [
          [1, ['a', 'b']],
          [2, ['1', 'x']],
          [3, ['2', 'y']],
        ],
        JSON.stringify(text),
      );
  });

  test('a quote inside a field that has none around it stands for itself', () => {
    assert.deepEqual(shown(split('a,b\n1,5" pipe\n2,550-""refused ""here""\n')).slice(1), [
      [2, ['1', '5" pipe']],
      [3, ['2', '550-""refused ""here""']],
    ]);
  });

  test('wrong quotes cost their own row alone, wherever they would close', () => {
    for (const [row, next] of [
      ['2,"x"y', '3,y'],
      ['2,"x', '3,y'],
      ['2,"x', '3,6" pipe'],
      ['2,"x', '3,"y"'],
    ] as const) {
      const rows = split(['a,b', '1,v', row, next, '4,z', '5,w'].join('\n'));
      assert.deepEqual(
        rows.flatMap((each) => ('fault' in each ? [[each.line, each.raw]] : [])),
        [[3, row]],
        `${row} before ${next}`,
      );
      assert.equal(rows.length, 6);
    }
  });

  test('a quote that is never closed in a value of several lines is one reject with all of its text', () => {
    assert.deepEqual(shown(split('a,b\n1,x\n2,"one\ntwo')), [
      [1, ['a', 'b']],
      [2, ['1', 'x']],
      [3, '2,"one\ntwo'],
    ]);
  });

  const long = 'y'.repeat(1_100_000);
  const others = '3,b\n4,"c"\n5,d\n';
  for (const [name, row, lines] of [
    ['plain', `2,${long}`, 1],
    ['quoted', `2,"${long}"`, 1],
    [
      'quoted, with line breaks and quotes in it',
      `2,"${`${'z'.repeat(100)} ""q"" \n`.repeat(11_000)}"`,
      11_001,
    ],
    ['long before a value of several lines', `${long},"x\ny"`, 2],
  ] as const)
    test(`a row that is too long costs itself alone: ${name}`, () => {
      const rows = split(`a,b\n1,a\n${row}\n${others}`);
      assert.deepEqual(
        rows.map((each) => ('values' in each ? each.values : each.fault.code)),
        [['a', 'b'], ['1', 'a'], 'TOO_LARGE', ['3', 'b'], ['4', 'c'], ['5', 'd']],
      );
      assert.deepEqual(
        rows.map(({ line }) => line),
        [1, 2, 3, 3 + lines, 4 + lines, 5 + lines],
      );
    });

  test('a quote that is not closed within what a row may have costs its line, not the megabytes behind it', () => {
    const rows = split(`a,b\n1,"open\n${Array.from({ length: 200_000 }, (_, n) => `${n},v\n`).join('')}`);
    assert.equal(rows.length, 200_002);
    assert.deepEqual(
      rows.flatMap((row) => ('fault' in row ? [[row.line, row.raw]] : [])),
      [[2, '1,"open']],
    );
  });

  test('sep=; sets the delimiter and is no row; a wrong number of columns and what is no UTF-8 are told', () => {
    assert.deepEqual(shown(split('sep=;\r\na;b\r\n1;"x;y"\r\n')), [
      [2, ['a', 'b']],
      [3, ['1', 'x;y']],
    ]);
    const rows = split(
      Buffer.concat([Buffer.from('a,b\n1\n2,caf'), Buffer.from([0xe9]), Buffer.from('\n3,caf\ufffd\n')]),
    );
    assert.deepEqual(
      rows.map((row) => ('fault' in row ? row.fault.message.slice(0, 30) : row.values)),
      [['a', 'b'], 'The row has 1 columns, the hea', 'The row is not valid UTF-8. If', ['3', 'caf\ufffd']],
    );
    assert.equal(rows[2]?.raw, '2,café');
  });
});
