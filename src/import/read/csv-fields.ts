const QUOTE = '"';

/**
 * The fields of one row of CSV (RFC 4180), without its line end. A quote inside a field that does not begin with one
 * stands for itself; blanks after a closing quote are passed over.
 * @returns undefined when something else follows a closing quote, or a quote is never closed
 */
export function fieldsOf(text: string, delimiter: string): string[] | undefined {
  if (!text.includes(QUOTE)) return text.split(delimiter);
  const fields: string[] = [];
  for (let at = 0; ; ) {
    if (text[at] !== QUOTE) {
      const end = text.indexOf(delimiter, at);
      fields.push(end === -1 ? text.slice(at) : text.slice(at, end));
      if (end === -1) return fields;
      at = end + 1;
      continue;
    }
    const close = closingQuote(text, at);
    if (close === -1) return undefined;
    fields.push(text.slice(at + 1, close).replaceAll('""', QUOTE));
    at = close + 1;
    while (text[at] === ' ' && delimiter !== ' ') at += 1;
    if (at >= text.length) return fields;
    if (text[at] !== delimiter) return undefined;
    at += 1;
  }
}

/** Where the quoted field that begins at `open` ends; -1 when it does not. Two quotes stand for a single quote. */
function closingQuote(text: string, open: number): number {
  let close = text.indexOf(QUOTE, open + 1);
  while (close !== -1 && text[close + 1] === QUOTE) close = text.indexOf(QUOTE, close + 2);
  return close;
}
