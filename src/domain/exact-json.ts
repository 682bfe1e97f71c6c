import type { Json } from './json.ts';

/** A double keeps every decimal of 15 digits; 17 digits identify a double. */
const MAX_DIGITS = 17;
const INTEGER = /^-?\d+$/;
const NUMBER = /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/;

/** A decimal as `digits × 10^exponent`, without zeros at either end of the digits; zero has none. */
function decimalOf(text: string): { readonly digits: string; readonly exponent: number } {
  const [, , whole = '', fraction = '', power = '0'] = NUMBER.exec(text) ?? [];
  const all = whole + fraction;
  const significant = all.replace(/0+$/, '');
  const exponent = Number(power) - fraction.length + (all.length - significant.length);
  const digits = significant.replace(/^0+/, '');
  return { digits, exponent: digits === '' ? 0 : exponent };
}

/**
 * Whether a decimal number, given as text, is kept as a double without a change to its value. Integers are kept up to
 * 2^53 - 1. A fraction of up to 17 digits is how a double is written: the nearest double is what its sender had.
 */
export function isKeptExactly(text: string): boolean {
  const value = Number(text);
  if (INTEGER.test(text)) return Number.isSafeInteger(value);
  if (!Number.isFinite(value)) return false;
  const said = decimalOf(text);
  const kept = decimalOf(String(value));
  if (said.digits === kept.digits && said.exponent === kept.exponent) return true;
  return said.exponent < 0 && said.digits.length <= MAX_DIGITS && value !== 0;
}

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/**
 * The number of a decimal text. Undefined for other text, for an integer that would be rounded, and beyond a double's
 * range. A fraction is the nearest double, as in JSON.
 */
export function numberFrom(text: string): number | undefined {
  if (!DECIMAL.test(text)) return undefined;
  const value = Number(text);
  if (isKeptExactly(text)) return value;
  return Number.isFinite(value) && decimalOf(text).exponent < 0 ? value : undefined;
}

/**
 * Parses JSON without rounding: a number with more digits than a double holds becomes its own text. So ids stay exact,
 * and attributes are kept as they were written. All other numbers are numbers. A number beyond a double's range
 * (`1e400`) is infinite, which the door refuses.
 * @throws SyntaxError like `JSON.parse`, with positions in `text`
 */
export function parseJson(text: string): Json {
  const value = JSON.parse(text) as Json;
  if (!hasLongRun(text)) return value;
  const quoted = withQuotes(text);
  return quoted === text ? value : (JSON.parse(quoted) as Json);
}

/**
 * JSON in which the numbers that a double can't hold are texts, so that parsing rounds no number.
 * @throws SyntaxError unless `text` is JSON
 */
export function quoteInexact(text: string): string {
  if (!hasLongRun(text)) return text;
  JSON.parse(text);
  return withQuotes(text);
}

/** Digits that a double always holds; a longer run, a point among them, may be a number that loses some. */
const SAFE_DIGITS = 15;
const RUN = SAFE_DIGITS + 1;

/**
 * Whether a run of 16 digits and points is anywhere in a text, inside or outside of strings. Looks at every 16th
 * character only, since a run that long has one of them: bodies without one cost next to nothing.
 */
function hasLongRun(text: string): boolean {
  for (let at = RUN - 1; at < text.length; at += RUN) {
    if (!isDigitOrPoint(text.charCodeAt(at))) continue;
    let start = at;
    while (start > 0 && isDigitOrPoint(text.charCodeAt(start - 1))) start -= 1;
    let end = at + 1;
    while (end < text.length && isDigitOrPoint(text.charCodeAt(end))) end += 1;
    if (end - start >= RUN) return true;
  }
  return false;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
const POINT = 0x2e;
const isDigit = (code: number): boolean => code >= ZERO && code <= NINE;
const isDigitOrPoint = (code: number): boolean => isDigit(code) || code === POINT;
const NUMBER_AT = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

/** Puts quotes around the numbers of valid JSON that a double can't hold. */
function withQuotes(text: string): string {
  let out = '';
  let copied = 0;
  for (let at = 0; at < text.length; ) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else if (code === MINUS || isDigit(code)) {
      NUMBER_AT.lastIndex = at;
      const [number = ''] = NUMBER_AT.exec(text) ?? [];
      const end = at + number.length;
      if (losesDigits(number)) {
        out += `${text.slice(copied, at)}"${number}"`;
        copied = end;
      }
      at = end;
    } else at += 1;
  }
  return copied === 0 ? text : out + text.slice(copied);
}

const losesDigits = (number: string): boolean =>
  !isKeptExactly(number) && (INTEGER.test(number) || Number.isFinite(Number(number)));

/** The place behind a string that begins at `start`. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end + 1;
}

/** Whether an odd number of backslashes stands before a place. */
function isEscaped(text: string, at: number): boolean {
  let before = at - 1;
  while (text.charCodeAt(before) === BACKSLASH) before -= 1;
  return (at - before) % 2 === 0;
}
