import { type DefinitionNode, parse, visit } from 'graphql';

/** A run of prose of one file, without markup, and the line where it begins. */
export type Paragraph = { readonly line: number; readonly text: string };

/** A sentence and the line where its paragraph begins. */
export type Sentence = { readonly line: number; readonly text: string };

/**
 * Takes markup off: code spans, addresses and quotations become one word each, and so does a list of code spans; links become their text. Those three
 * are exempt from the rules, because they are somebody else's words.
 */
const plain = (text: string): string =>
  text
    .replace(/<!--[\s\S]*?-->/g, ' ')
    .replace(/``[^`]+``|`[^`]*`/g, 'code')
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/<?https?:\/\/\S+[^\s.,;:)>]>?/g, 'address')
    .replace(/\{@link ([^}]*)\}/g, '$1')
    .replace(/"[^"]{1,300}"|“[^”]{1,300}”/g, 'quotation')
    .replace(/\*\*|__|(?<![\p{L}\p{N}])[_*](?=\S)|(?<=\S)[_*](?![\p{L}\p{N}])/gu, '')
    .replace(/\s+/g, ' ')
    .replace(/\bcode(?:,? (?:and |or )?code\b)+/g, 'code')
    .trim();

/** A line that begins a list item, a heading or a quotation, so that the line before ends its paragraph. */
const BEGINS = /^\s*(?:[-*+] |\d+\. |#{1,6} |> |@\w+)/;

/** The paragraphs of Markdown. Code, headings and tables are left out. */
export function paragraphsOf(markdown: string, firstLine = 1): Paragraph[] {
  const paragraphs: Paragraph[] = [];
  let open: { line: number; lines: string[] } | undefined;
  let fence: string | undefined;
  const close = () => {
    const text = open && plain(open.lines.join('\n'));
    if (open && text) paragraphs.push({ line: open.line, text });
    open = undefined;
  };
  for (const [index, line] of markdown.split('\n').entries()) {
    const mark = /^\s*(```|~~~)/.exec(line)?.[1];
    if (mark !== undefined && (fence === undefined || fence === mark)) {
      close();
      fence = fence === undefined ? mark : undefined;
      continue;
    }
    if (fence !== undefined) continue;
    if (/^\s*\|/.test(line) || line.trim() === '') {
      close();
      continue;
    }
    if (open === undefined && /^ {4,}\S/.test(line) && !BEGINS.test(line)) continue;
    if (BEGINS.test(line)) close();
    if (/^#{1,6} /.test(line)) continue;
    open ??= { line: firstLine + index, lines: [] };
    open.lines.push(line.replace(BEGINS, (start) => (start.trim().startsWith('@') ? '' : ' ')));
  }
  close();
  return paragraphs;
}

/** The doc comments of TypeScript: blocks that begin a line. */
export function commentsOf(source: string): Paragraph[] {
  return [...source.matchAll(/^[ \t]*\/\*\*(?!\/)([\s\S]*?)\*\//gm)].flatMap((match) => {
    const line = source.slice(0, match.index).split('\n').length;
    const text = (match[1] ?? '').replace(/^[ \t]*\*(?: |$)/gm, '').trimEnd();
    return paragraphsOf(text, line);
  });
}

/** The descriptions of a GraphQL schema. */
export function descriptionsOf(sdl: string): Paragraph[] {
  const found: Paragraph[] = [];
  visit(parse(sdl), {
    enter(node) {
      const { description } = node as Partial<
        DefinitionNode & { description: { value: string; loc: { startToken: { line: number } } } }
      >;
      if (description) found.push(...paragraphsOf(description.value, description.loc.startToken.line));
    },
  });
  return found;
}

const ABBREVIATION = /(?:^|[\s(])(?:e\.g|i\.e|etc|vs|cf|No|p)\.$/;

/** Splits a paragraph where a full stop, a question or an exclamation mark ends a sentence. */
export function sentencesOf({ line, text }: Paragraph): Sentence[] {
  const sentences: Sentence[] = [];
  let start = 0;
  for (const end of text.matchAll(/[.!?…]["”)]*(?=\s|$)/g)) {
    const stop = end.index + end[0].length;
    const sentence = text.slice(start, stop).trim();
    const next = text.slice(stop).trimStart();
    if (ABBREVIATION.test(sentence) || (end[0].startsWith('…') && /^[\p{Ll},)]/u.test(next))) continue;
    if (sentence) sentences.push({ line, text: sentence });
    start = stop;
  }
  const rest = text.slice(start).trim();
  if (rest) sentences.push({ line, text: rest });
  return sentences;
}
