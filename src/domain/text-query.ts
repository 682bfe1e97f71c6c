/**
 * A parsed full-text query. Words are tokens of `tokenize`; the same for every search adapter, so that
 * all find the same.
 */
export type TextQuery =
  | { readonly op: 'word'; readonly token: string }
  | { readonly op: 'prefix'; readonly token: string }
  /** Two tokens or more, side by side in one field. */
  | { readonly op: 'phrase'; readonly tokens: readonly string[] }
  /** Two parts or more. */
  | { readonly op: 'and' | 'or'; readonly parts: readonly TextQuery[] }
  | { readonly op: 'not'; readonly part: TextQuery };

/** In characters. A longer run becomes several tokens side by side, so that a search for it is a phrase. */
const MAX_TOKEN = 255;

const BEYOND_ASCII = /[^\0-\x7f]/;
const ASCII_TOKENS = new RegExp(`[a-z0-9]{1,${MAX_TOKEN}}`, 'g');
const MARKS = /\p{M}+/gu;
/** Scripts written without spaces between words: each character is a token, and a word is a phrase of them. */
const UNSPACED = '[\\p{scx=Han}\\p{scx=Hiragana}\\p{scx=Katakana}]';
const TOKENS = new RegExp(
  `[[\\p{L}\\p{N}]&&${UNSPACED}]|[[\\p{L}\\p{N}]--${UNSPACED}]{1,${MAX_TOKEN}}`,
  'gv',
);

/**
 * The tokens of a text: NFKD without marks, lower case, runs of letters and digits of at most 255
 * characters. "Café-Menü 2" gives `cafe`, `menu`, `2`. Addresses and paths come apart at their punctuation.
 */
export const tokenize = (text: string): string[] =>
  (BEYOND_ASCII.test(text)
    ? // Sigma has a second small form at the end of a word, which a prefix of the word does not have.
      text.normalize('NFKD').replace(MARKS, '').toLowerCase().replaceAll('ς', 'σ').match(TOKENS)
    : text.toLowerCase().match(ASCII_TOKENS)) ?? [];
