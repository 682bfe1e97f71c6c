type Schema = { [keyword: string]: unknown };

/** Every object of a schema with its path. */
function* nodesOf(
  node: unknown,
  path: readonly string[] = [],
): Generator<[path: readonly string[], node: Schema]> {
  if (typeof node !== 'object' || node === null) return;
  if (!Array.isArray(node)) yield [path, node as Schema];
  for (const [key, child] of Object.entries(node)) yield* nodesOf(child, [...path, key]);
}

/** A copy of the schema with one node changed. */
function changedAt(root: object, path: readonly string[], change: (node: Schema) => void): Schema {
  const copy = structuredClone(root) as Schema;
  let node = copy;
  for (const key of path) node = node[key] as Schema;
  change(node);
  return copy;
}

const isRule = (path: readonly string[]): boolean => path.at(-1) !== 'properties' && path.at(-1) !== '$defs';

/** Copies of a schema, each with one change after which a reader of the schema could meet a value it does not expect. */
export function* breakingChanges(root: object): Generator<[what: string, changed: Schema]> {
  for (const [path, node] of nodesOf(root)) {
    const at = path.join('/');
    const change = (what: string, work: (node: Schema) => void): [string, Schema] => [
      `${what} at ${at}`,
      changedAt(root, path, work),
    ];
    if (path.at(-1) === 'properties')
      for (const name of Object.keys(node)) yield change(`no ${name}`, (copy) => delete copy[name]);
    if (!isRule(path)) continue;
    for (const keyword of [
      'type',
      'const',
      'pattern',
      'minimum',
      'items',
      'oneOf',
      'anyOf',
      'allOf',
      'if',
      'then',
    ])
      if (keyword in node) yield change(`no ${keyword}`, (copy) => delete copy[keyword]);
    if ('type' in node)
      yield change('another type', (copy) => {
        copy['type'] = [copy['type'], 'array', 'number'].flat().filter((type) => type !== node['type']);
      });
    if ('const' in node)
      yield change('another constant', (copy) => {
        copy['const'] = 'else';
      });
    for (const name of (node['required'] as string[] | undefined) ?? [])
      yield change(`${name} optional`, (copy) => {
        copy['required'] = (copy['required'] as string[]).filter((one) => one !== name);
      });
    for (const keyword of ['oneOf', 'anyOf'])
      if (keyword in node)
        yield change(`one more of ${keyword}`, (copy) => {
          copy[keyword] = [...(copy[keyword] as unknown[]), { type: 'integer' }];
        });
  }
}

/** Copies of a schema, each with one addition that a reader ignores. */
export function* additionsTo(root: object): Generator<[what: string, changed: Schema]> {
  for (const [path, node] of nodesOf(root)) {
    // A condition is no place for an addition.
    if (path.includes('if')) continue;
    if (path.at(-1) === 'properties')
      yield [
        `a property at ${path.join('/')}`,
        changedAt(root, path, (copy) => {
          copy['added'] = { type: 'string' };
        }),
      ];
    if (isRule(path) && 'allOf' in node)
      yield [
        `a kind at ${path.join('/')}`,
        changedAt(root, path, (copy) => {
          const branches = copy['allOf'] as unknown[];
          branches.push(JSON.parse(JSON.stringify(branches[0]).replaceAll('"activity"', '"added"')));
        }),
      ];
  }
}
