import {
  type ConstDirectiveNode,
  type DefinitionNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type InputValueDefinitionNode,
  Kind,
  type NamedTypeNode,
  type ObjectTypeDefinitionNode,
  type ObjectTypeExtensionNode,
  print,
  type TypeDefinitionNode,
} from 'graphql';
import type { SubgraphModule } from './subgraph.ts';

/** Of an entity: its key field, and which modules define each of its fields. */
export type EntityShape = { readonly key: string; readonly owners: ReadonlyMap<string, readonly string[]> };
export type MergedSdl = { readonly typeDefs: DocumentNode; readonly entities: ReadonlyMap<string, EntityShape> };

/** What one process running as one schema does not do; a federation router does. */
const REFUSED = new Set(['requires', 'provides', 'override', 'interfaceObject', 'external']);

const refusal = (module: SubgraphModule, type: string, what: string): Error =>
  new Error(`Subgraph '${module.name}', type '${type}': ${what} can't run collapsed into one schema. Serve it through the router.`);

/**
 * Merges the SDL of all modules into one without federation's directives.
 * @throws Error for what can't be collapsed, or for types that contradict one another
 */
export function mergeSdl(modules: readonly SubgraphModule[]): MergedSdl {
  const types = new Map<string, TypeDefinitionNode>();
  const keys = new Map<string, string>();
  const owners = new Map<string, Map<string, string[]>>();

  for (const module of modules)
    for (const definition of module.typeDefs.definitions) {
      if (!isTypeLike(definition)) continue;
      const name = definition.name.value;
      const isObject = definition.kind === Kind.OBJECT_TYPE_DEFINITION || definition.kind === Kind.OBJECT_TYPE_EXTENSION;
      checkDirectives(module, name, definition);
      if (isObject) {
        const key = keyOf(module, name, definition.directives ?? []);
        if (key !== undefined) {
          const before = keys.get(name) ?? key;
          if (before !== key) throw refusal(module, name, 'a second key');
          keys.set(name, key);
        }
        for (const field of definition.fields ?? []) {
          const byField = owners.get(name) ?? new Map<string, string[]>();
          owners.set(name, byField);
          byField.set(field.name.value, [...(byField.get(field.name.value) ?? []), module.name]);
        }
      }
      const stripped = strip(definition);
      const before = types.get(name);
      types.set(name, before ? mergeTypes(module, before, stripped) : stripped);
    }

  const entities = new Map<string, EntityShape>();
  for (const [name, key] of keys) entities.set(name, { key, owners: owners.get(name) ?? new Map() });
  return { typeDefs: { kind: Kind.DOCUMENT, definitions: [...types.values()] }, entities };
}

type TypeLike = TypeDefinitionNode | ObjectTypeExtensionNode;

const isTypeLike = (definition: DefinitionNode): definition is TypeLike =>
  definition.kind.endsWith('TypeDefinition') || definition.kind === Kind.OBJECT_TYPE_EXTENSION;

function checkDirectives(module: SubgraphModule, type: string, definition: TypeLike): void {
  const nodes: { readonly directives?: readonly ConstDirectiveNode[] | undefined }[] = [definition];
  if ('fields' in definition) nodes.push(...(definition.fields ?? []));
  for (const node of nodes)
    for (const directive of node.directives ?? [])
      if (REFUSED.has(directive.name.value)) throw refusal(module, type, `@${directive.name.value}`);
}

function keyOf(module: SubgraphModule, type: string, directives: readonly ConstDirectiveNode[]): string | undefined {
  const found = directives.filter((directive) => directive.name.value === 'key');
  if (found.length > 1) throw refusal(module, type, 'several keys');
  const fields = found[0]?.arguments?.find((argument) => argument.name.value === 'fields')?.value;
  if (!fields) return undefined;
  if (fields.kind !== Kind.STRING || !/^\s*\w+\s*$/.test(fields.value)) throw refusal(module, type, 'a key of several fields');
  return fields.value.trim();
}

const KEPT = new Set(['deprecated', 'specifiedBy', 'oneOf']);
const kept = (directives: readonly ConstDirectiveNode[] | undefined): ConstDirectiveNode[] =>
  (directives ?? []).filter((directive) => KEPT.has(directive.name.value));

function strip(definition: TypeLike): TypeDefinitionNode {
  const directives = kept(definition.directives);
  if (definition.kind === Kind.OBJECT_TYPE_EXTENSION)
    return { ...definition, kind: Kind.OBJECT_TYPE_DEFINITION, directives, fields: definition.fields?.map(stripField) ?? [] };
  if (definition.kind === Kind.OBJECT_TYPE_DEFINITION || definition.kind === Kind.INTERFACE_TYPE_DEFINITION)
    return { ...definition, directives, fields: definition.fields?.map(stripField) ?? [] };
  return { ...definition, directives } as TypeDefinitionNode;
}

const stripField = (field: FieldDefinitionNode): FieldDefinitionNode => ({ ...field, directives: kept(field.directives) });

function mergeTypes(module: SubgraphModule, before: TypeDefinitionNode, next: TypeDefinitionNode): TypeDefinitionNode {
  const contradiction = (what: string) =>
    new Error(`Subgraph '${module.name}': ${before.name.value}${what} contradicts what an other subgraph says of it.`);
  if (before.kind !== next.kind) throw contradiction('');
  if (
    (before.kind === Kind.OBJECT_TYPE_DEFINITION && next.kind === before.kind) ||
    (before.kind === Kind.INTERFACE_TYPE_DEFINITION && next.kind === before.kind)
  ) {
    const fields = new Map((before.fields ?? []).map((field) => [field.name.value, field]));
    for (const field of next.fields ?? []) {
      const known = fields.get(field.name.value);
      if (known && signature(known) !== signature(field)) throw contradiction(`.${field.name.value}`);
      if (!known) fields.set(field.name.value, field);
    }
    const interfaces = new Map<string, NamedTypeNode>();
    for (const node of [...(before.interfaces ?? []), ...(next.interfaces ?? [])]) interfaces.set(node.name.value, node);
    return { ...before, fields: [...fields.values()], interfaces: [...interfaces.values()] } as ObjectTypeDefinitionNode;
  }
  if (print(withoutDescriptions(before)) !== print(withoutDescriptions(next))) throw contradiction('');
  return before;
}

const signature = (field: FieldDefinitionNode): string =>
  `${print(field.type)}(${(field.arguments ?? []).map((argument: InputValueDefinitionNode) => print({ ...argument, description: undefined } as InputValueDefinitionNode)).join()})`;

const withoutDescriptions = (node: TypeDefinitionNode): TypeDefinitionNode =>
  JSON.parse(JSON.stringify(node, (name, value) => (name === 'description' || name === 'loc' ? undefined : value)));
