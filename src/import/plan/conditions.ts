import type { Reading } from '../values/conversions.ts';
import type { Condition } from '../values/mapping.ts';
import { columnGetter, type RowAt } from '../values/values.ts';

/** Whether a row is meant. */
export type Test = (row: RowAt) => boolean;

const ALWAYS: Test = () => true;

/** Compiles a condition; without one every row is meant. Values are compared as texts. */
export function compileCondition(condition: Condition | undefined, reading: Reading): Test {
  if (!condition) return ALWAYS;
  const tests: Test[] = [];
  const { not, all, any } = condition;
  if (condition.column !== undefined) tests.push(columnTest(condition.column, condition, reading));
  if (not) {
    const test = compileCondition(not, reading);
    tests.push((row) => !test(row));
  }
  if (all) tests.push(...all.map((each) => compileCondition(each, reading)));
  if (any) {
    const others = any.map((each) => compileCondition(each, reading));
    tests.push((row) => others.some((test) => test(row)));
  }
  return (row) => tests.every((test) => test(row));
}

function columnTest(column: string, condition: Condition, reading: Reading): Test {
  const get = columnGetter(column, reading);
  const { equals, matches, empty } = condition;
  const among = condition.in && new Set(condition.in.map(String));
  const expression = matches === undefined ? undefined : new RegExp(matches, 'u');
  return (row) => {
    const value = get(row);
    if (empty !== undefined && empty !== (value === undefined)) return false;
    const text = value === undefined || typeof value === 'object' ? '' : String(value);
    if (equals !== undefined && text !== String(equals)) return false;
    if (among && !among.has(text)) return false;
    return !expression || expression.test(text);
  };
}
