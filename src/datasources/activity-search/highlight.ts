import { type TextQuery, tokenize, UNSPACED } from '../../domain/text/text-query.ts';
import type { TextVisitor } from './activity-texts.ts';
import type { Highlight } from './port.ts';

const MAX_FIELDS = 10;
const MAX_FRAGMENTS = 3;
/**
 * Texts up to this length are shown whole; of longer texts this much around a match on either side. In UTF-16 units.
 */
const WHOLE = 200;
const AROUND = 80;

/** One token's place in a text, or of several where one character stands for more. */
type Segment = { readonly start: number; readonly end: number; readonly tokens: readonly string[] };
type Span = { start: number; end: number };

/** Characters that belong to the letter before: marks, half-width sound marks of Kana, and invisible characters. */
const FOLLOWS = '\\p{M}\\p{Default_Ignorable_Code_Point}\\uFF9E\\uFF9F';
const SEGMENTS = new RegExp(
  `[[\\p{L}\\p{N}]&&${UNSPACED}][${FOLLOWS}]*|[[\\p{L}\\p{N}]--${UNSPACED}][[\\p{L}\\p{N}${FOLLOWS}]--${UNSPACED}]*`,
  'gv',
);

type Wanted = {
  readonly words: Set<string>;
  readonly prefixes: string[];
  readonly phrases: (readonly string[])[];
};

/** The words that a match shows: all but excluded words. */
function wantedOf(query: TextQuery): Wanted {
  const wanted: Wanted = { words: new Set(), prefixes: [], phrases: [] };
  const collect = (node: TextQuery): void => {
    if (node.op === 'word') wanted.words.add(node.token);
    else if (node.op === 'prefix') wanted.prefixes.push(node.token);
    else if (node.op === 'phrase') wanted.phrases.push(node.tokens);
    else if (node.op !== 'not') node.parts.forEach(collect);
  };
  collect(query);
  return wanted;
}

/**
 * Makes a highlighter of a query.
 * @param pii whether personal data (weight D) is shown; without it such texts are left out altogether
 * @returns the fields with words of the query, from a function that visits a document's texts. Fragments are escaped
 * HTML with the words in `<em>`
 */
export function createHighlighter(
  query: TextQuery,
  pii: boolean,
): (visitDocument: (visit: TextVisitor) => void) => Highlight[] {
  const wanted = wantedOf(query);
  return (visitDocument) => {
    const fields = new Map<string, string[]>();
    visitDocument((field, text, weight) => {
      if (weight === 'D' && !pii) return;
      const known = fields.get(field);
      if (known ? known.length >= MAX_FRAGMENTS : fields.size >= MAX_FIELDS) return;
      const marks = marksIn(text, wanted);
      if (marks.length === 0) return;
      fields.set(field, [...(known ?? []), ...fragmentsOf(text, marks)].slice(0, MAX_FRAGMENTS));
    });
    return [...fields].map(([field, fragments]) => ({ field, fragments }));
  };
}

/** Where words of the query stand, in order and without overlap. */
function marksIn(text: string, { words, prefixes, phrases }: Wanted): Span[] {
  const segments: Segment[] = [];
  for (const match of text.matchAll(SEGMENTS))
    segments.push({ start: match.index, end: match.index + match[0].length, tokens: tokenize(match[0]) });
  const marked = segments.map(({ tokens }) =>
    tokens.some((token) => words.has(token) || prefixes.some((prefix) => token.startsWith(prefix))),
  );
  if (phrases.length > 0) {
    const flat = segments.flatMap(({ tokens }, segment) => tokens.map((token) => ({ token, segment })));
    for (const phrase of phrases)
      for (let at = 0; at + phrase.length <= flat.length; at += 1)
        if (phrase.every((token, offset) => flat[at + offset]?.token === token))
          for (const { segment } of flat.slice(at, at + phrase.length)) marked[segment] = true;
  }
  const spans: Span[] = [];
  segments.forEach(({ start, end }, index) => {
    if (!marked[index]) return;
    const last = spans.at(-1);
    if (last?.end === start) last.end = end;
    else spans.push({ start, end });
  });
  return spans;
}

/** The text, or the parts of it around the marks. */
function fragmentsOf(text: string, marks: readonly Span[]): string[] {
  if (text.length <= WHOLE) return [html(text, { start: 0, end: text.length }, marks)];
  const windows: Span[] = [];
  for (const { start, end } of marks) {
    const last = windows.at(-1);
    if (last && start - AROUND <= last.end) last.end = Math.min(text.length, end + AROUND);
    else if (windows.length === MAX_FRAGMENTS) break;
    else windows.push({ start: Math.max(0, start - AROUND), end: Math.min(text.length, end + AROUND) });
    const window = windows.at(-1);
    // Many words close together would make one window of the whole text.
    if (window && window.end - window.start > 2 * WHOLE) window.end = Math.max(end, window.start + 2 * WHOLE);
  }
  return windows.map((window) => {
    const within = { start: wholeCharacter(text, window.start), end: wholeCharacter(text, window.end) };
    const body = html(
      text,
      within,
      marks.filter(({ start, end }) => start >= within.start && end <= within.end),
    );
    return `${within.start > 0 ? '…' : ''}${body}${within.end < text.length ? '…' : ''}`;
  });
}

/** The index, or the next index where it would split a surrogate pair. */
const wholeCharacter = (text: string, index: number): number => {
  const unit = text.charCodeAt(index);
  return unit >= 0xdc00 && unit <= 0xdfff ? index + 1 : index;
};

function html(text: string, { start, end }: Span, marks: readonly Span[]): string {
  let result = '';
  let at = start;
  for (const mark of marks) {
    result += `${escapeHtml(text.slice(at, mark.start))}<em>${escapeHtml(text.slice(mark.start, mark.end))}</em>`;
    at = mark.end;
  }
  return result + escapeHtml(text.slice(at, end));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
