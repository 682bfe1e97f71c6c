import {
  type ConstDirectiveNode,
  Kind,
  type ObjectTypeDefinitionNode,
  type ObjectTypeExtensionNode,
  print,
  visit,
} from 'graphql';
import type { ExecutableSubgraph } from '../../resolvers/subgraph.ts';

/** By the name of an entity: the subgraph that owns it. */
export type Owners = ReadonlyMap<string, ExecutableSubgraph>;

/**
 * The directives that mean the same in one schema. Other directives of federation (`@requires`, `@provides`,
 * `@external`, `@override`, `@interfaceObject`, `@inaccessible`, `@authenticated`, `@policy`, …) would be dropped in
 * silence, although some of them hide fields.
 */
const KNOWN: ReadonlySet<string> = new Set([
  'key',
  'shareable',
  'tag',
  'link',
  'deprecated',
  'specifiedBy',
  'oneOf',
]);

/** The error for a subgraph that one schema can't serve. */
export const refusal = (subgraph: ExecutableSubgraph, what: string): Error =>
  new Error(`Subgraph '${subgraph.name}': ${what} can't run in one schema. Serve it through a router.`);

/**
 * Finds the owner of each entity: the subgraph that resolves its key, `id`, and defines all of its fields.
 * @throws Error for directives that one schema can't keep, other keys, and entities of several owners
 */
export function ownersOf(subgraphs: readonly ExecutableSubgraph[]): Owners {
  const owners = new Map<string, ExecutableSubgraph>();
  for (const subgraph of subgraphs) {
    checkDirectives(subgraph);
    for (const { name, directives, fields = [] } of objectsOf(subgraph)) {
      const type = name.value;
      const keys = (directives ?? []).filter((directive) => nameOf(directive) === 'key');
      if (keys.length === 0) continue;
      if (keys.length > 1 || argumentOf(keys[0], 'fields') !== 'id')
        throw refusal(subgraph, `type '${type}': a key other than 'id'`);
      if (argumentOf(keys[0], 'resolvable') === false) {
        if (fields.length > 1) throw refusal(subgraph, `type '${type}': fields beside another owner's`);
        continue;
      }
      if (owners.has(type)) throw refusal(subgraph, `type '${type}': a second owner`);
      owners.set(type, subgraph);
    }
  }
  return owners;
}

type ObjectNode = ObjectTypeDefinitionNode | ObjectTypeExtensionNode;

/** The object types that a subgraph defines or extends. */
export const objectsOf = ({ typeDefs }: ExecutableSubgraph): readonly ObjectNode[] =>
  typeDefs.definitions.filter(
    (definition): definition is ObjectNode =>
      definition.kind === Kind.OBJECT_TYPE_DEFINITION || definition.kind === Kind.OBJECT_TYPE_EXTENSION,
  );

function checkDirectives(subgraph: ExecutableSubgraph): void {
  visit(subgraph.typeDefs, {
    Directive(directive) {
      const name = nameOf(directive);
      if (!KNOWN.has(name)) throw refusal(subgraph, `@${name}`);
      if (name === 'link' && /\bas:/.test(print(directive)))
        throw refusal(subgraph, 'a renamed import of @link');
    },
    InterfaceTypeDefinition(definition) {
      if (definition.directives?.some((directive) => nameOf(directive) === 'key'))
        throw refusal(subgraph, `type '${definition.name.value}': @key on an interface`);
    },
  });
}

/** A directive that isn't imported goes by its full name. */
const nameOf = (directive: { readonly name: { readonly value: string } }): string =>
  directive.name.value.replace(/^federation__/, '');

function argumentOf(directive: ConstDirectiveNode | undefined, name: string): string | boolean | undefined {
  const value = directive?.arguments?.find((argument) => argument.name.value === name)?.value;
  if (value?.kind === Kind.STRING) return value.value.trim();
  return value?.kind === Kind.BOOLEAN ? value.value : undefined;
}
