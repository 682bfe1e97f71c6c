type Node = { readonly [keyword: string]: unknown };

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const listOf = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value : value === undefined ? [] : [value];
const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Keywords that say nothing of what is valid. */
const ANNOTATIONS = new Set(['$schema', '$defs', 'title', 'description', 'examples']);

/**
 * The places where a reader of the published schema could meet a value that it does not expect, were messages written
 * by the current one. Empty for an addition: a property, or a branch of `allOf`.
 */
export function incompatibilities(published: Node, current: Node): string[] {
  const faults: string[] = [];
  const deref = (root: Node, node: unknown): Node => {
    if (!isNode(node)) return {};
    const name = /^#\/\$defs\/(\w+)$/.exec(String(node['$ref'] ?? ''))?.[1];
    return name === undefined ? node : deref(root, (root['$defs'] as Node | undefined)?.[name]);
  };

  const compareLists = (keyword: string, before: unknown, now: unknown, path: string): void => {
    const [old, recent] = [listOf(before), listOf(now)];
    if (keyword === 'required') {
      for (const name of old) if (!recent.includes(name)) faults.push(`${path}: ${name} may be missing`);
      return;
    }
    if (recent.length < old.length || (keyword !== 'allOf' && recent.length > old.length))
      faults.push(`${path}: ${recent.length} branches instead of ${old.length}`);
    for (const [index, branch] of old.entries()) compare(branch, recent[index], `${path}/${index}`);
  };

  const compareKeyword = (keyword: string, before: unknown, now: unknown, path: string): void => {
    switch (keyword) {
      case 'type':
        if (now === undefined || listOf(now).some((type) => !listOf(before).includes(type)))
          faults.push(`${path}: ${listOf(now).join()} instead of ${listOf(before).join()}`);
        return;
      case 'properties':
        for (const [name, property] of Object.entries(before as Node))
          if (isNode(now) && Object.hasOwn(now, name)) compare(property, now[name], `${path}/${name}`);
          else faults.push(`${path}/${name}: gone`);
        return;
      case 'items':
      case 'then':
        compare(before, now, path);
        return;
      case 'required':
      case 'allOf':
      case 'anyOf':
      case 'oneOf':
        compareLists(keyword, before, now, path);
        return;
      default:
        // A pattern, a bound, a constant or a condition: any change of one may let other values in.
        if (!isSame(before, now)) faults.push(`${path}: changed`);
    }
  };

  /** A definition may be part of itself. */
  const compared = new Set<string>();
  const compare = (before: unknown, now: unknown, path: string): void => {
    const names = JSON.stringify([isNode(before) && before['$ref'], isNode(now) && now['$ref']]);
    if (isNode(before) && '$ref' in before) {
      if (compared.has(names)) return;
      compared.add(names);
    }
    const [old, recent] = [deref(published, before), deref(current, now)];
    for (const [keyword, value] of Object.entries(old))
      if (!ANNOTATIONS.has(keyword)) compareKeyword(keyword, value, recent[keyword], `${path}/${keyword}`);
  };

  compare(published, current, '');
  return faults;
}
