import { foldLetters } from './letter-folding.ts';

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
/** Characters that no reader sees (soft hyphens, joiners, variation selectors), and the Arabic stroke that only widens. */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\u0640]+/gu;
/** A letter of another script with its marks, or marks that can go: on Latin letters they are accents, in Hindi vowels. */
const MARKED =
  /((?![\p{scx=Latin}\p{scx=Greek}\p{scx=Cyrillic}\p{scx=Arabic}\p{scx=Hebrew}])\p{L}\p{M}+)|\p{M}+/gu;
/** Scripts written without spaces between words: each letter with its marks is a token, and a word is a phrase of them. */
export const UNSPACED =
  '[\\p{scx=Han}\\p{scx=Hiragana}\\p{scx=Katakana}\\p{scx=Thai}\\p{scx=Lao}\\p{scx=Khmer}\\p{scx=Myanmar}]';
const TOKENS = new RegExp(
  `[[\\p{L}\\p{N}]&&${UNSPACED}]\\p{M}{0,15}|[[\\p{L}\\p{N}]--${UNSPACED}][[\\p{L}\\p{N}\\p{M}]--${UNSPACED}]{0,${MAX_TOKEN - 1}}`,
  'gv',
);

/**
 * The tokens of a text: runs of letters and digits of at most 255 characters, so that spellings of one word are one token.
 * Letter case is folded fully (`ß` is `ss`). Accents and strokes of Latin, Greek, Cyrillic, Arabic and Hebrew letters go
 * (`Łódź` is `lodz`); marks of other scripts are letters and stay. "Café-Menü 2" gives `cafe`, `menu`, `2`. Addresses and
 * paths come apart at their punctuation.
 */
export const tokenize = (text: string): string[] =>
  (BEYOND_ASCII.test(text) ? foldText(text).match(TOKENS) : text.toLowerCase().match(ASCII_TOKENS)) ?? [];

/** Letters, digits and marks. None of them has a meaning in the syntax of any query language. */
const TOKEN = /^[\p{L}\p{N}\p{M}]+$/u;

/** Whether a text can be a token of `tokenize`, or the beginning of one. */
export const isToken = (text: string): boolean => TOKEN.test(text);

function foldText(text: string): string {
  const bare = text
    .normalize('NFKD')
    .replace(INVISIBLE, '')
    .replace(MARKED, (_, kept: string | undefined) => kept ?? '');
  // Lower, upper and lower again is full case folding, but for sigma, which has a second small form at the end of a word.
  const folded = bare.toLowerCase().toUpperCase().toLowerCase().replaceAll('ς', 'σ');
  return foldLetters(folded).normalize('NFC');
}
