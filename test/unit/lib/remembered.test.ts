import assert from 'node:assert/strict';
import { test } from 'node:test';
import { remembered } from '../../../src/lib/remembered.ts';

const counted = (most: number) => {
  const made: string[] = [];
  const make = remembered((text: string) => {
    made.push(text);
    return text.startsWith('no') ? undefined : `<${text}>`;
  }, most);
  return { made, make };
};

test('what was made is not made again', () => {
  const { made, make } = counted(10);
  assert.deepEqual([make('a'), make('b'), make('a')], ['<a>', '<b>', '<a>']);
  assert.deepEqual(made, ['a', 'b']);
});

test('no more is kept than was said, and what was forgotten is made again, the same', () => {
  const { made, make } = counted(3);
  for (let round = 0; round < 2; round += 1)
    for (let number = 0; number < 4; number += 1) assert.equal(make(`${number}`), `<${number}>`);
  assert.deepEqual(made, ['0', '1', '2', '3', '0', '1', '2', '3']);
  assert.equal(make('3'), '<3>');
  assert.equal(made.length, 8);
});

test('nothing is kept of long texts, nor of what has no answer', () => {
  const { made, make } = counted(10);
  const long = 'x'.repeat(257);
  for (const text of [long, long, 'none', 'none', '__proto__', '__proto__']) make(text);
  assert.deepEqual(made, [long, long, 'none', 'none', '__proto__']);
});
