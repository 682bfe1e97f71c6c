import { badInput, type DomainError } from '../../lib/errors.ts';
import { type TextQuery, tokenize } from './text-query.ts';

const MAX_LENGTH = 1_024;
const MAX_TERMS = 64;
const MAX_DEPTH = 10;

/**
 * The query language of the search boxes people know:
 *
 *     query  = any
 *     any    = all *( "OR" all )
 *     all    = 1*( [ "AND" ] [ "NOT" | "-" ] part )
 *     part   = "(" any ")" | '"' words '"' | word [ "*" ]
 *
 * Words without a letter or digit are ignored beside others. A word that comes apart into several tokens (`e-mail`) is a
 * phrase. Operators are upper case; in quotes they are words.
 *
 * @returns null when nothing is left to look for
 * @throws DomainError `BAD_USER_INPUT` at `path`, with the position in the text, and nothing else for any text
 */
export function parseTextQuery(text: string, path = 'query'): TextQuery | null {
  if (text.length > MAX_LENGTH)
    throw badInput(`The query has ${text.length} characters; at most ${MAX_LENGTH} are allowed.`, path);
  return new Parser(text, path).parse();
}

type Lexeme = { readonly at: number } & (
  | { readonly kind: '(' | ')' | '-' | 'OR' | 'AND' | 'NOT' | 'end' }
  | { readonly kind: 'quoted' | 'word'; readonly text: string }
);

class Parser {
  readonly #text: string;
  readonly #path: string;
  #at = 0;
  #next: Lexeme;
  #depth = 0;
  #terms = 0;

  constructor(text: string, path: string) {
    this.#text = text;
    this.#path = path;
    this.#next = this.#scan();
  }

  parse(): TextQuery | null {
    if (this.#next.kind === 'end') return null;
    const query = this.#any();
    if (this.#next.kind === ')')
      throw this.#error(this.#next.at, "this ')' closes nothing; remove it or put '(' before");
    return query;
  }

  #any(): TextQuery | null {
    const parts: TextQuery[] = [];
    for (;;) {
      const part = this.#all();
      if (part) parts.push(...(part.op === 'or' ? part.parts : [part]));
      if (this.#next.kind !== 'OR') return join('or', parts);
      this.#advance();
    }
  }

  #all(): TextQuery | null {
    const parts: TextQuery[] = [];
    for (let first = true; ; first = false) {
      const { kind } = this.#next;
      if (!first && (kind === 'end' || kind === ')' || kind === 'OR')) return join('and', parts);
      if (!first && kind === 'AND') this.#advance();
      const part = this.#signed();
      if (part) parts.push(...(part.op === 'and' ? part.parts : [part]));
    }
  }

  #signed(): TextQuery | null {
    let negated = false;
    while (this.#next.kind === '-' || this.#next.kind === 'NOT') {
      negated = !negated;
      this.#advance();
    }
    const part = this.#part();
    return part && negated ? (part.op === 'not' ? part.part : { op: 'not', part }) : part;
  }

  #part(): TextQuery | null {
    const lexeme = this.#next;
    switch (lexeme.kind) {
      case 'word':
      case 'quoted':
        this.#advance();
        return this.#termsOf(lexeme);
      case '(': {
        if (this.#depth === MAX_DEPTH)
          throw this.#error(
            lexeme.at,
            `parentheses are more than ${MAX_DEPTH} levels deep; simplify the query`,
          );
        this.#depth += 1;
        this.#advance();
        const inner = this.#next.kind === ')' ? null : this.#any();
        if (this.#next.kind !== ')')
          throw this.#error(lexeme.at, "this '(' is never closed; put ')' where the group ends");
        this.#advance();
        this.#depth -= 1;
        return inner;
      }
      case 'end':
        throw this.#error(lexeme.at, 'a word, a "phrase" or a group is missing at the end');
      case ')':
        throw this.#error(lexeme.at, 'a word, a "phrase" or a group is missing before \')\'');
      case 'OR':
      case 'AND':
        throw this.#error(
          lexeme.at,
          `'${lexeme.kind}' stands between two words; to look for the word itself, put it in quotes`,
        );
      case '-':
      case 'NOT':
        throw this.#error(lexeme.at, 'a word, a "phrase" or a group is missing');
      default:
        return lexeme satisfies never;
    }
  }

  #termsOf({ kind, text, at }: Extract<Lexeme, { text: string }>): TextQuery | null {
    const tokens = tokenize(text);
    this.#terms += tokens.length;
    if (this.#terms > MAX_TERMS)
      throw this.#error(at, `the query has more than ${MAX_TERMS} words; use fewer`);
    const [first, ...rest] = tokens;
    if (first === undefined) return null;
    if (kind === 'word' && text.endsWith('*')) {
      // Only the last token is a beginning: `e-ma*` is `e` and `ma*`.
      const prefix: TextQuery = { op: 'prefix', token: tokens.at(-1) ?? first };
      const head = phrase(tokens.slice(0, -1));
      return head ? { op: 'and', parts: [head, prefix] } : prefix;
    }
    return rest.length === 0 ? { op: 'word', token: first } : { op: 'phrase', tokens };
  }

  #advance(): void {
    this.#next = this.#scan();
  }

  #scan(): Lexeme {
    const text = this.#text;
    while (this.#at < text.length && isSpace(text, this.#at)) this.#at += 1;
    const at = this.#at;
    const start = text[at];
    if (start === undefined) return { kind: 'end', at };
    if (start === '(' || start === ')') {
      this.#at += 1;
      return { kind: start, at };
    }
    if (start === '"') {
      const end = text.indexOf('"', at + 1);
      if (end === -1)
        throw this.#error(at, "this quote is never closed; put another '\"' where the phrase ends");
      this.#at = end + 1;
      return { kind: 'quoted', text: text.slice(at + 1, end), at };
    }
    // A hyphen with nothing right after it is punctuation.
    if (start === '-' && at + 1 < text.length && !isSpace(text, at + 1) && text[at + 1] !== ')') {
      this.#at += 1;
      return { kind: '-', at };
    }
    while (this.#at < text.length && !isSpace(text, this.#at) && !isDelimiter(text, this.#at)) this.#at += 1;
    const word = text.slice(at, this.#at);
    if (word === 'OR' || word === 'AND' || word === 'NOT') return { kind: word, at };
    return { kind: 'word', text: word, at };
  }

  /** Positions count from 1, in characters. */
  #error(at: number, what: string): DomainError {
    return badInput(`The query can't be read at character ${at + 1}: ${what}.`, this.#path);
  }
}

const SPACE = /\s/;
const isSpace = (text: string, at: number): boolean => SPACE.test(text.charAt(at));
const isDelimiter = (text: string, at: number): boolean =>
  text[at] === '(' || text[at] === ')' || text[at] === '"';

const phrase = (tokens: readonly string[]): TextQuery | null => {
  const [first, ...rest] = tokens;
  if (first === undefined) return null;
  return rest.length === 0 ? { op: 'word', token: first } : { op: 'phrase', tokens };
};

const join = (op: 'and' | 'or', parts: readonly TextQuery[]): TextQuery | null => {
  const [first, ...rest] = parts;
  if (first === undefined) return null;
  return rest.length === 0 ? first : { op, parts };
};
