export const QUOTE = 0x22;
export const LF = 0x0a;
export const CR = 0x0d;
const SPACE = 0x20;

/** Whether CSV can have it as its delimiter: one ASCII character that means nothing else. */
export const isDelimiter = (text: string): boolean =>
  text.length === 1 && text.charCodeAt(0) < 0x80 && !['"', '\r', '\n', '\0'].includes(text);

/** `LF`: rows end with LF, with any carriage returns before it. `CR`: old Macs' files; rows end with CR, LF or both. */
export type LineEnds = 'LF' | 'CR';
/** Where a row or line ends, and where the next begins. `fault`: its quotes are wrong. */
export type Found = { readonly end: number; readonly next: number; readonly fault?: true };

/** The end of the line at `from`, whatever its quotes; undefined when it is not in the data. */
export function lineEnd(data: Buffer, from: number, ends: LineEnds, isEnd: boolean): Found | undefined {
  const lf = data.indexOf(LF, from);
  if (ends === 'CR') {
    const cr = data.indexOf(CR, from);
    if (cr !== -1 && (lf === -1 || cr < lf)) {
      if (cr + 1 === data.length && !isEnd) return undefined;
      return { end: cr, next: data[cr + 1] === LF ? cr + 2 : cr + 1 };
    }
  }
  if (lf !== -1) return { end: lf, next: lf + 1 };
  return isEnd ? { end: data.length, next: data.length } : undefined;
}

/**
 * The end of the row at `from`: the first line end outside quotes. Of a row whose quotes are wrong, the end of the line
 * where that is seen.
 * @param delimiter code of the character
 * @param quote where the first quote at or after `from` is
 * @returns undefined when it is not in the data
 */
export function recordEnd(
  data: Buffer,
  from: number,
  ends: LineEnds,
  delimiter: number,
  quote: number,
  isEnd: boolean,
): Found | undefined {
  let line = lineEnd(data, from, ends, isEnd);
  if (line && quote >= line.end) return line;
  for (let at = from; ; ) {
    if (data[at] === QUOTE) {
      const close = closingQuote(data, at);
      if (close === -1) return isEnd ? { end: data.length, next: data.length, fault: true } : undefined;
      at = close + 1;
      while (data[at] === SPACE && delimiter !== SPACE) at += 1;
      // The quote may be the first of two.
      if (at >= data.length && !isEnd) return undefined;
      line = lineEnd(data, at, ends, isEnd);
      if (data[at] === delimiter) at += 1;
      else if (line && isLineEnd(data, at, line.end)) return line;
      else return line && { ...line, fault: true };
      continue;
    }
    const next = data.indexOf(delimiter, at);
    if (line && (next === -1 || next >= line.end)) return line;
    if (next === -1) return undefined;
    at = next + 1;
  }
}

/** Whether there are only carriage returns up to the line's end. */
function isLineEnd(data: Buffer, from: number, end: number): boolean {
  let at = from;
  while (at < end && data[at] === CR) at += 1;
  return at === end;
}

function closingQuote(data: Buffer, open: number): number {
  let close = data.indexOf(QUOTE, open + 1);
  while (close !== -1 && data[close + 1] === QUOTE) close = data.indexOf(QUOTE, close + 2);
  return close;
}
