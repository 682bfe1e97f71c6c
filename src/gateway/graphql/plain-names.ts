import { type DocumentNode, type ExecutionResult, GraphQLError, type NameNode, visit } from 'graphql';
import type { Execute } from './executor.ts';

/**
 * Names that every JavaScript object has already. graphql-js (16.15), its compiler and the router runtime mistake such
 * names of aliases, variables and fragments for properties of the object.
 */
const OBJECT_NAMES: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(Object.prototype));

/** A document without such names, with the new name of each and back. */
type Renamed = {
  readonly document: DocumentNode;
  readonly newNames: ReadonlyMap<string, string>;
  readonly oldNames: ReadonlyMap<string, string>;
};

/**
 * Gives every such name of a document another for the time it is run, and back in the answer: they behave as any other
 * name. Documents without one, nearly all, are run as they are.
 */
export function withPlainNames(execute: Execute): Execute {
  const known = new WeakMap<DocumentNode, Renamed | null>();
  return async (args) => {
    let renamed = known.get(args.document);
    if (renamed === undefined) known.set(args.document, (renamed = rename(args.document)));
    if (!renamed) return execute(args);
    const { document, newNames, oldNames } = renamed;
    const variables: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(args.variables ?? {}))
      variables[newNames.get(name) ?? name] = value;
    return restored(await execute({ ...args, document, variables }), oldNames);
  };
}

function rename(document: DocumentNode): Renamed | null {
  const taken = new Set<string>();
  const found = new Set<string>();
  const note = (name: NameNode | undefined): void => {
    if (!name) return;
    taken.add(name.value);
    if (OBJECT_NAMES.has(name.value)) found.add(name.value);
  };
  visit(document, {
    Field: ({ alias, name }) => {
      note(alias);
      taken.add(name.value);
    },
    Variable: ({ name }) => note(name),
    FragmentDefinition: ({ name }) => note(name),
  });
  if (found.size === 0) return null;
  const newNames = new Map<string, string>();
  for (const name of found) {
    let other = `plain_${name}`;
    while (taken.has(other)) other = `_${other}`;
    newNames.set(name, other);
  }
  const change = (name: NameNode): NameNode => ({ ...name, value: newNames.get(name.value) ?? name.value });
  return {
    document: visit(document, {
      Field: (node) => (node.alias ? { ...node, alias: change(node.alias) } : undefined),
      Variable: (node) => ({ ...node, name: change(node.name) }),
      FragmentDefinition: (node) => ({ ...node, name: change(node.name) }),
      FragmentSpread: (node) => ({ ...node, name: change(node.name) }),
    }),
    newNames,
    oldNames: new Map([...newNames].map(([old, other]) => [other, old])),
  };
}

/** The result under the names that the caller gave: keys of the answer, paths and messages of errors. */
function restored(result: ExecutionResult, oldNames: ReadonlyMap<string, string>): ExecutionResult {
  const key = (name: string): string => oldNames.get(name) ?? name;
  const value = (given: unknown): unknown => {
    if (Array.isArray(given)) return given.map(value);
    if (typeof given !== 'object' || given === null) return given;
    // Without a prototype, so that every name is a key like any other.
    const copy: Record<string, unknown> = Object.create(null);
    for (const [name, inner] of Object.entries(given)) copy[key(name)] = value(inner);
    return copy;
  };
  const message = (text: string): string =>
    [...oldNames].reduce((before, [other, old]) => before.replaceAll(other, old), text);
  const error = (given: GraphQLError): GraphQLError => {
    const renamed = new GraphQLError(message(given.message), {
      path: given.path?.map((part) => (typeof part === 'string' ? key(part) : part)) ?? null,
      originalError: given.originalError ?? null,
      extensions: given.extensions,
    });
    // Kept as they are: the nodes that the constructor would take them from may be gone.
    if (given.locations)
      Object.defineProperty(renamed, 'locations', { value: given.locations, enumerable: true });
    return renamed;
  };
  return {
    ...result,
    ...('data' in result && { data: value(result.data) as ExecutionResult['data'] }),
    ...(result.errors && { errors: result.errors.map(error) }),
  } as ExecutionResult;
}
