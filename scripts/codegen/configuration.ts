import { z } from 'zod';
import { VARIABLES } from '../../src/config/variables.ts';

type Property = {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly allowed?: string;
  readonly fallback?: string;
  readonly profile?: string;
};

const code = (value: unknown): string => (value === '' ? 'empty' : `\`${value}\``);

function allowedOf({ allowed, enum: values, type, minimum, maximum }: Property): string {
  if (allowed !== undefined) return allowed;
  if (values !== undefined) return values.map(code).join(', ');
  if (type === 'integer' || type === 'number') return `${minimum} to ${maximum}`;
  return 'any text';
}

function row(name: string, profile: string, property: Property): readonly string[] {
  if (property.description === undefined) throw new Error(`${name} has no description`);
  const fallback = property.fallback ?? (property.default === undefined ? '–' : code(property.default));
  return [code(name), fallback, property.description, allowedOf(property), property.profile ?? profile];
}

/** A table in Markdown with padded cells, as the formatter of editors writes it. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((cells) => cells[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [head = [], ...body] = rows;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n');
}

/**
 * The page docs/configuration.md, from the schema of the environment.
 * @throws Error where a variable has no description
 */
export function configurationPage(): string {
  const sections = Object.entries(VARIABLES).map(([title, schema]) => {
    const { properties = {} } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
    const profile = title === 'The cluster' ? 'cluster' : 'all';
    const rows = Object.entries(properties).map(([name, property]) =>
      row(name, profile, property as Property),
    );
    return `## ${title}\n\n${table([['variable', 'default', 'meaning', 'allowed', 'profile'], ...rows])}\n`;
  });
  return `<!-- Written by \`npm run codegen\`; do not edit. -->

# Configuration

The environment configures the server and its commands. A start with a wrong value lists every fault, with the name of the variable and the allowed values. An empty variable counts as not set.

${sections.join('\n')}
\`npm run cluster\` sets the required variables of the cluster. For its one machine it also sets \`DEMO=true\`, \`KAFKA_PARTITIONS=4\`, \`KAFKA_REPLICATION=1\`, \`KAFKA_MIN_IN_SYNC=1\` and \`SOLR_REPLICAS=1\`. \`DEMO_ACTIVITIES\` is 20000 there unless you set it.

\`JOURNEYGRAPH_CACHE\` is the directory where \`npm run cluster\` keeps the engines' jars. Its default is \`$XDG_CACHE_HOME/journeygraph\` or \`~/.cache/journeygraph\`. \`JAVA_HOME\` chooses the JDK.
`;
}
