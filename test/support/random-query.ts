import {
  type GraphQLCompositeType,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  isUnionType,
} from 'graphql';

/** Arguments to choose from, by `Type.field`; fields that aren't named are asked without. `$name` declares itself. */
export type Arguments = { readonly [field: string]: readonly string[] };
/** Of a variable: how it is declared and what it can be; undefined: left out. */
export type VariablePool = {
  readonly [name: string]: { readonly type: string; readonly values: readonly unknown[] };
};

const MAX_DEPTH = 5;

/**
 * A query that the tape of numbers chooses: aliases, fragments (named ones used twice too), conditions and
 * variables. A shorter tape with smaller numbers makes a smaller query, so that failures shrink.
 * @returns text and variables; fields of one name can still conflict, so validate it
 */
export function randomQuery(
  schema: GraphQLSchema,
  argumentsOf: Arguments,
  pool: VariablePool,
  tape: readonly number[],
): { readonly query: string; readonly variables: Record<string, unknown> } {
  let at = 0;
  const pick = (count: number): number => (tape[at++] ?? 0) % count;
  const used = new Set<string>();
  const fragments: { readonly name: string; readonly type: string; readonly text: string }[] = [];

  const note = (text: string): string => {
    for (const [, name] of text.matchAll(/\$(\w+)/g)) used.add(name ?? '');
    return text;
  };
  const conditions = [
    '',
    '',
    '',
    '@include(if: $yes)',
    '@skip(if: $no)',
    '@include(if: $maybe)',
    '@skip(if: $yes) @include(if: $maybe)',
    '@include(if: false)',
    '@skip(if: $byDefault)',
  ];
  const condition = (): string => note(conditions[pick(conditions.length)] ?? '');

  const field = (type: GraphQLCompositeType, depth: number): string => {
    const all = isUnionType(type) ? [] : Object.values(type.getFields());
    const choice = all[pick(all.length + 1)];
    if (!choice) return `__typename ${condition()}`;
    const returned = getNamedType(choice.type);
    if (isCompositeType(returned) && depth >= MAX_DEPTH) return '__typename';
    const variants = argumentsOf[`${type.name}.${choice.name}`] ?? [''];
    const variant = pick(variants.length);
    const alias = pick(3) === 1 || variant > 0 ? `${type.name}_${choice.name}_${variant}: ` : '';
    const head = `${alias}${choice.name}${note(variants[variant] ?? '')} ${condition()}`;
    return isCompositeType(returned) ? `${head} ${selection(returned, depth + 1)}` : head;
  };

  const narrower = (type: GraphQLCompositeType): GraphQLCompositeType => {
    const choices: GraphQLCompositeType[] = isObjectType(type)
      ? [type, ...type.getInterfaces()]
      : [...schema.getPossibleTypes(type)];
    if (isInterfaceType(type)) choices.push(type);
    return choices[pick(choices.length)] ?? type;
  };

  const part = (type: GraphQLCompositeType, depth: number): string => {
    const kind = pick(6);
    if (kind === 4) {
      const to = narrower(type);
      return `... on ${to.name} ${condition()} ${selection(to, depth + 1)}`;
    }
    if (kind === 5) {
      const known = fragments.filter((fragment) => fragment.type === type.name);
      const again = known[pick(known.length + 1)];
      if (again) return `...${again.name} ${condition()}`;
      const text = selection(type, depth + 1);
      const name = `F${fragments.length}`;
      fragments.push({ name, type: type.name, text });
      return `...${name} ${condition()}`;
    }
    return field(type, depth);
  };

  const selection = (type: GraphQLCompositeType, depth: number): string => {
    if (depth > MAX_DEPTH) return '{ __typename }';
    const parts = Array.from({ length: 1 + pick(4) }, () => part(type, depth));
    return `{ ${parts.join(' ')} }`;
  };

  const root = schema.getQueryType();
  if (!root) throw new Error('The schema has no queries.');
  const body = selection(root, 0);
  const variables: Record<string, unknown> = {};
  const declared = [...used].sort().map((name) => {
    const { type, values } = pool[name] ?? { type: 'String', values: [] };
    const value = values[pick(values.length || 1)];
    if (value !== undefined) variables[name] = value;
    return `$${name}: ${type}`;
  });
  const head = declared.length > 0 ? `query (${declared.join(', ')}) ` : '';
  const tail = fragments.map(({ name, type, text }) => `fragment ${name} on ${type} ${text}`);
  return { query: [head + body, ...tail].join('\n'), variables };
}
