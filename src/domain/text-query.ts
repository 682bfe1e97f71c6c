/**
 * A parsed full-text query. Words are tokens of `tokenize`; the same for every search adapter, so that
 * all find the same.
 */
export type TextQuery =
  | { readonly op: 'word'; readonly token: string }
  | { readonly op: 'prefix'; readonly token: string }
  | { readonly op: 'phrase'; readonly tokens: readonly string[] }
  | { readonly op: 'and' | 'or'; readonly parts: readonly TextQuery[] }
  | { readonly op: 'not'; readonly part: TextQuery };

/**
 * The tokens of a text: NFKD without marks, lower case, runs of letters and digits. "Café-Menü 2" gives
 * `cafe`, `menu`, `2`. Addresses and paths come apart at their punctuation.
 */
export const tokenize = (text: string): string[] =>
  text.normalize('NFKD').replace(/\p{M}+/gu, '').toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
