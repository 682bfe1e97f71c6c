import { Liquid, type Template } from 'liquidjs';

/** A Liquid template of a user, parsed. `html`: values are escaped. */
export type ParsedTemplate = { readonly templates: Template[]; readonly html: boolean };

/** A template that can't be parsed or rendered, in words for its author. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}

/** Bounds of one template: characters, milliseconds of rendering, and values and characters made while rendering. */
export const MAX_TEMPLATE = 200_000;
const RENDER_MS = 200;
const MAX_MEMORY = 5_000_000;

/** Tags that would read files. */
const FILE_TAGS = ['include', 'render', 'layout', 'block'] as const;

function engine(html: boolean): Liquid {
  const liquid = new Liquid({
    // Values are data: nothing of a prototype is shown, and a name without a value is empty.
    ownPropertyOnly: true,
    strictFilters: true,
    parseLimit: MAX_TEMPLATE,
    renderLimit: RENDER_MS,
    memoryLimit: MAX_MEMORY,
    templates: {},
    ...(html && { outputEscape: 'escape' as const }),
  });
  for (const name of FILE_TAGS)
    liquid.registerTag(name, {
      parse() {
        throw new Error(`the tag "${name}" is not allowed`);
      },
      render: () => {},
    });
  return liquid;
}
const ENGINES = { html: engine(true), text: engine(false) };
const engineOf = (html: boolean): Liquid => (html ? ENGINES.html : ENGINES.text);

/** Parses a template. @throws TemplateError which names the fault and its line */
export function parseTemplate(source: string, html: boolean): ParsedTemplate {
  if (source.length > MAX_TEMPLATE)
    throw new TemplateError(
      `The template has ${source.length} characters; at most ${MAX_TEMPLATE} are allowed.`,
    );
  try {
    return { templates: engineOf(html).parse(source), html };
  } catch (error) {
    throw new TemplateError(messageOf(error));
  }
}

/** Fills a template. @throws TemplateError when it takes too long or too much memory, or a value does not fit */
export async function renderTemplate(
  { templates, html }: ParsedTemplate,
  values: Readonly<Record<string, unknown>>,
): Promise<string> {
  try {
    return String(await engineOf(html).render(templates, values));
  } catch (error) {
    throw new TemplateError(messageOf(error));
  }
}

/** The first line: the others quote the template. */
const messageOf = (error: unknown): string =>
  error instanceof Error ? (error.message.split('\n')[0] ?? '') : '';
