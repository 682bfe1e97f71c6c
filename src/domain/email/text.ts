/**
 * E-mail addresses in text: where they stand, and the text without them. Wider than the standard: a mask too many is
 * better than a mask too few.
 *
 *     address = left sign right
 *     left    = a run of 1 to 128 characters | a quoted name of up to 128 characters | a quotation mark
 *     right   = a run of 1 to 255 characters | "[" 1 to 255 characters, and "]" where it is closed
 *     run     = anything but white space and @ < > " , ; : ( ) [ ]
 *
 * The text loses every character that is part of an address, wherever the address begins.
 */

/** The text that replaces personal data for callers without the scope `leads:pii`. */
export const MASK = '[masked]';

const MAX_LEFT = 128;
const MAX_RIGHT = 255;

/**
 * The sign of an address, as the source of a regular expression for JavaScript and PostgreSQL. It is plain, full-width
 * or small (Unicode). Encodings are those of page addresses (`%40`, also repeated), HTML (`&#64;`), JSON and JavaScript
 * (`\u0040`) and quoted-printable mail (`=40`). Text may contain "= 40", so a host must follow.
 */
export const EMAIL_SIGN = [
  '[@＠﹫]',
  '%(?:25){0,4}40',
  '&(?:amp;)?#0{0,5}64(?![0-9]);?',
  '&(?:amp;)?#[xX]0{0,5}40(?![0-9a-fA-F]);?',
  '&(?:amp;)?commat;',
  '\\\\u(?:0040|\\{0{0,4}40\\})',
  '\\\\x40',
  '=40(?=[A-Za-z]|\\[|[^\\s -~]|[A-Za-z0-9.-]{1,253}\\.[A-Za-z]{2})',
].join('|');

const SIGN = new RegExp(EMAIL_SIGN);
const SIGNS = new RegExp(EMAIL_SIGN, 'g');
const SIGN_IN_TEXT = new RegExp(`\\S(?:${EMAIL_SIGN})\\S`);

/** Whether a text has a sign at all; search keeps such values apart from those that everybody may see. */
export const hasEmailSign = (text: string): boolean => SIGN.test(text);

/** Whether there is anything like an e-mail address in `text`: a little more than is masked. */
export const holdsEmail = (text: string): boolean => SIGN_IN_TEXT.test(text);

const STOPS = new Set([...'@<>",;:()[]'].map((character) => character.charCodeAt(0)));
const IS_STOP = Uint8Array.from({ length: 0x10000 }, (_, code) =>
  STOPS.has(code) || /\s/.test(String.fromCharCode(code)) ? 1 : 0,
);
const isStop = (text: string, index: number): boolean => IS_STOP[text.charCodeAt(index)] === 1;

type Span = { start: number; end: number };

/** The text without e-mail addresses, in time linear in its length. */
export function maskEmails(text: string): string {
  if (!SIGN.test(text)) return text;
  let result = '';
  let at = 0;
  for (const { start, end } of addressesIn(text)) {
    result += text.slice(at, start) + MASK;
    at = end;
  }
  return result + text.slice(at);
}

/** Where addresses stand; those that touch or overlap are one. */
function addressesIn(text: string): readonly Span[] {
  const runs = createRuns(text);
  const spans: Span[] = [];
  for (const { index, 0: sign } of text.matchAll(SIGNS)) {
    const behind = index + sign.length;
    const start = startOf(text, index, runs.startBefore(index));
    const end = endOf(text, behind, runs.endAfter(behind));
    if (start === index || end === behind) continue;
    const span = { start, end };
    for (let last = spans.at(-1); last && last.end >= span.start; last = spans.at(-1)) {
      span.start = Math.min(span.start, last.start);
      span.end = Math.max(span.end, last.end);
      spans.pop();
    }
    spans.push(span);
  }
  return spans;
}

/**
 * Where runs begin and end. To be asked from left to right: each character is then looked at twice at most, however
 * many signs there are.
 */
function createRuns(text: string) {
  let [begin, seen, end] = [0, 0, 0];
  return {
    startBefore(index: number): number {
      for (; seen < index; seen += 1) if (isStop(text, seen)) begin = seen + 1;
      return begin;
    },
    endAfter(index: number): number {
      for (end = Math.max(end, index); end < text.length && !isStop(text, end); ) end += 1;
      return end;
    },
  };
}

/** Where the left part of an address begins; `sign` where there is none. */
function startOf(text: string, sign: number, run: number): number {
  if (text.charAt(sign - 1) !== '"') return Math.max(run, sign - MAX_LEFT);
  const quote = sign < 2 ? -1 : text.lastIndexOf('"', sign - 2);
  return quote >= Math.max(0, sign - MAX_LEFT - 2) ? quote : sign - 1;
}

/** Where the right part of an address ends; `behind`, where the sign ends, where there is none. */
function endOf(text: string, behind: number, run: number): number {
  if (text.charAt(behind) !== '[' || text.startsWith(MASK, behind)) return Math.min(run, behind + MAX_RIGHT);
  let end = behind + 1;
  while (end < text.length && end <= behind + MAX_RIGHT && !/[\s[\]]/.test(text.charAt(end))) end += 1;
  if (end === behind + 1) return behind;
  return text.charAt(end) === ']' ? end + 1 : end;
}
