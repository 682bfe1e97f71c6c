import {
  type ConstDirectiveNode,
  type DefinitionNode,
  type FieldDefinitionNode,
  Kind,
  type NamedTypeNode,
  type ObjectTypeDefinitionNode,
  type ObjectTypeExtensionNode,
  print,
  type TypeDefinitionNode,
  type TypeNode,
  visit,
} from 'graphql';
import type { ExecutableSubgraph } from '../../resolvers/subgraph.ts';

/** An object type as its modules define it. */
export type ObjectShape = {
  /** The field of its key; undefined for a type that is no entity. */
  readonly key: string | undefined;
  /** By module: the fields it defines, each with the name of the type it returns. */
  readonly fields: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** Modules that resolve references to it. */
  readonly resolvable: ReadonlySet<string>;
};

export type MergedSdl = {
  readonly typeDefs: { readonly kind: Kind.DOCUMENT; readonly definitions: readonly TypeDefinitionNode[] };
  readonly objects: ReadonlyMap<string, ObjectShape>;
  /** By module: the object types behind each of its interfaces and unions. */
  readonly abstracts: ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;
};

/**
 * The directives that mean the same in one schema. What other directives of federation ask for (`@requires`,
 * `@provides`, `@external`, `@override`, `@interfaceObject`, `@inaccessible`, `@authenticated`, …) must not be
 * dropped in silence: some of them hide fields. So all but these are refused.
 */
const KNOWN = new Set(['key', 'shareable', 'tag', 'link', 'deprecated', 'specifiedBy', 'oneOf']);
/** The part of them that is GraphQL's own and stays. */
const KEPT = new Set(['deprecated', 'specifiedBy', 'oneOf']);

const refusal = (module: ExecutableSubgraph, what: string): Error =>
  new Error(
    `Subgraph '${module.name}': ${what} can't run collapsed into one schema. Serve it through the router.`,
  );

type Building = {
  key: string | undefined;
  readonly fields: Map<string, Map<string, string>>;
  readonly resolvable: Set<string>;
};

/**
 * Merges the SDL of all modules into one without federation's directives.
 * @throws Error for what can't be collapsed, or for types that contradict one another
 */
export function mergeSdl(modules: readonly ExecutableSubgraph[]): MergedSdl {
  const types = new Map<string, TypeDefinitionNode>();
  const objects = new Map<string, Building>();
  const abstracts = new Map<string, Map<string, string[]>>();

  for (const module of modules) {
    const members = new Map<string, string[]>();
    abstracts.set(module.name, members);
    for (const definition of module.typeDefs.definitions) {
      if (!isTypeLike(module, definition)) continue;
      const name = definition.name.value;
      if (isObject(definition)) addObject(module, definition, objects);
      addMembers(definition, members);
      const stripped = strip(definition);
      const before = types.get(name);
      types.set(name, before ? mergeTypes(module, before, stripped) : stripped);
    }
  }
  return { typeDefs: { kind: Kind.DOCUMENT, definitions: [...types.values()] }, objects, abstracts };
}

type ObjectNode = ObjectTypeDefinitionNode | ObjectTypeExtensionNode;
type TypeLike = TypeDefinitionNode | ObjectTypeExtensionNode;

const isObject = (definition: TypeLike): definition is ObjectNode =>
  definition.kind === Kind.OBJECT_TYPE_DEFINITION || definition.kind === Kind.OBJECT_TYPE_EXTENSION;

function isTypeLike(module: ExecutableSubgraph, definition: DefinitionNode): definition is TypeLike {
  switch (definition.kind) {
    case Kind.OBJECT_TYPE_DEFINITION:
    case Kind.OBJECT_TYPE_EXTENSION:
    case Kind.INTERFACE_TYPE_DEFINITION:
    case Kind.UNION_TYPE_DEFINITION:
    case Kind.SCALAR_TYPE_DEFINITION:
    case Kind.ENUM_TYPE_DEFINITION:
    case Kind.INPUT_OBJECT_TYPE_DEFINITION:
      checkDirectives(module, definition.name.value, definition);
      return true;
    case Kind.SCHEMA_EXTENSION:
    case Kind.SCHEMA_DEFINITION:
      if (
        (definition.operationTypes ?? []).some(
          ({ operation, type }) => type.name.value.toLowerCase() !== operation,
        )
      )
        throw refusal(module, 'a root type that is not called Query, Mutation or Subscription');
      checkDirectives(module, 'schema', definition);
      return false;
    default:
      throw refusal(module, `'${print(definition).split('\n')[0]}'`);
  }
}

function checkDirectives(module: ExecutableSubgraph, where: string, definition: DefinitionNode): void {
  visit(definition, {
    Directive(directive) {
      const name = nameOf(directive);
      if (!KNOWN.has(name)) throw refusal(module, `type '${where}': @${name}`);
      if (name === 'link' && /\bas:/.test(print(directive)))
        throw refusal(module, 'a renamed import of @link');
      if (name === 'key' && definition.kind === Kind.INTERFACE_TYPE_DEFINITION)
        throw refusal(module, `type '${where}': @key on an interface`);
    },
  });
}

/** A directive that isn't imported goes by its full name. */
const nameOf = (directive: { readonly name: { readonly value: string } }): string =>
  directive.name.value.replace(/^federation__/, '');

function addObject(module: ExecutableSubgraph, definition: ObjectNode, objects: Map<string, Building>): void {
  const name = definition.name.value;
  const shape: Building = objects.get(name) ?? { key: undefined, fields: new Map(), resolvable: new Set() };
  objects.set(name, shape);
  const fields = shape.fields.get(module.name) ?? new Map<string, string>();
  shape.fields.set(module.name, fields);
  for (const field of definition.fields ?? []) fields.set(field.name.value, namedType(field.type));

  const found = keyOf(module, name, definition.directives ?? []);
  if (!found) return;
  if (shape.key !== undefined && shape.key !== found.field)
    throw refusal(module, `type '${name}': a second key`);
  shape.key = found.field;
  if (found.resolvable) shape.resolvable.add(module.name);
}

function keyOf(
  module: ExecutableSubgraph,
  type: string,
  directives: readonly ConstDirectiveNode[],
): { readonly field: string; readonly resolvable: boolean } | undefined {
  const found = directives.filter((directive) => nameOf(directive) === 'key');
  if (found.length > 1) throw refusal(module, `type '${type}': several keys`);
  const argument = (name: string) => found[0]?.arguments?.find((node) => node.name.value === name)?.value;
  const fields = argument('fields');
  if (!fields) return undefined;
  if (fields.kind !== Kind.STRING || !/^\s*\w+\s*$/.test(fields.value))
    throw refusal(module, `type '${type}': a key of several fields`);
  const resolvable = argument('resolvable');
  return {
    field: fields.value.trim(),
    resolvable: !(resolvable?.kind === Kind.BOOLEAN && !resolvable.value),
  };
}

function addMembers(definition: TypeLike, members: Map<string, string[]>): void {
  const add = (abstract: string, type: string) =>
    members.set(abstract, [...(members.get(abstract) ?? []), type]);
  if (definition.kind === Kind.UNION_TYPE_DEFINITION)
    for (const type of definition.types ?? []) add(definition.name.value, type.name.value);
  if (isObject(definition))
    for (const parent of definition.interfaces ?? []) add(parent.name.value, definition.name.value);
}

const namedType = (type: TypeNode): string =>
  type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type);

/** Without federation's directives, and an extension as a definition. */
function strip(definition: TypeLike): TypeDefinitionNode {
  const stripped: TypeLike = visit(definition, {
    Directive: (directive) => (KEPT.has(directive.name.value) ? undefined : null),
  });
  return stripped.kind === Kind.OBJECT_TYPE_EXTENSION
    ? { ...stripped, kind: Kind.OBJECT_TYPE_DEFINITION }
    : stripped;
}

function mergeTypes(
  module: ExecutableSubgraph,
  before: TypeDefinitionNode,
  next: TypeDefinitionNode,
): TypeDefinitionNode {
  const contradiction = (what: string) =>
    new Error(
      `Subgraph '${module.name}': ${before.name.value}${what} contradicts what another subgraph says of it.`,
    );
  if (before.kind !== next.kind) throw contradiction('');
  const description = before.description ?? next.description;
  if (
    (before.kind === Kind.OBJECT_TYPE_DEFINITION && next.kind === before.kind) ||
    (before.kind === Kind.INTERFACE_TYPE_DEFINITION && next.kind === before.kind)
  ) {
    const fields = new Map((before.fields ?? []).map((field) => [field.name.value, field]));
    for (const field of next.fields ?? []) {
      const known = fields.get(field.name.value);
      if (known && signature(known) !== signature(field)) throw contradiction(`.${field.name.value}`);
      fields.set(field.name.value, known ? { ...known, ...described(known, field) } : field);
    }
    const interfaces = new Map<string, NamedTypeNode>();
    for (const node of [...(before.interfaces ?? []), ...(next.interfaces ?? [])])
      interfaces.set(node.name.value, node);
    return { ...before, description, fields: [...fields.values()], interfaces: [...interfaces.values()] };
  }
  if (signature(before) !== signature(next)) throw contradiction('');
  return { ...before, description };
}

/** The description of whichever has one. */
const described = (known: FieldDefinitionNode, next: FieldDefinitionNode) => ({
  description: known.description ?? next.description,
});

/** What a definition says apart from its words and the order of its parts. */
function signature(node: TypeDefinitionNode | FieldDefinitionNode): string {
  const bare: typeof node = visit(node, {
    enter: (part) =>
      'description' in part && part.description ? { ...part, description: undefined } : undefined,
    Directive: () => null,
  });
  const sorted = visit(bare, {
    EnumTypeDefinition: (type) => ({ ...type, values: byName(type.values) }),
    UnionTypeDefinition: (type) => ({ ...type, types: byName(type.types) }),
    InputObjectTypeDefinition: (type) => ({ ...type, fields: byName(type.fields) }),
    FieldDefinition: (field) => ({ ...field, arguments: byName(field.arguments) }),
  });
  return print(sorted);
}

const byName = <T extends { readonly name: { readonly value: string } }>(
  nodes: readonly T[] | undefined,
): T[] => [...(nodes ?? [])].sort((a, b) => (a.name.value < b.name.value ? -1 : 1));
