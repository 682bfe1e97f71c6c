import { readFileSync } from 'node:fs';
import {
  type DocumentNode,
  type GraphQLFieldResolver,
  type GraphQLResolveInfo,
  type GraphQLScalarType,
  isScalarType,
  parse,
} from 'graphql';
import type { Rules } from '../auth/rules.ts';
import { type IdKind, requireGlobalId } from '../domain/ids.ts';
import type { Scope } from '../domain/scopes.ts';
import type { RequestContext } from './context.ts';
import { keyOf, Reference } from './reference.ts';

// biome-ignore lint/suspicious/noExplicitAny: parents and arguments differ from field to field; codegen types them where resolvers are written.
export type FieldResolver = GraphQLFieldResolver<any, any, any>;
/** Of one type: a resolver for each field, with `__resolveReference` and `__resolveType` as federation has them. */
export type TypeResolvers = { readonly [field: string]: FieldResolver };
export type ResolverMap = { readonly [type: string]: TypeResolvers | GraphQLScalarType };

/** A part of the graph that can be executed: its SDL (federation 2) and its resolvers. */
export type ExecutableSubgraph = {
  readonly name: string;
  readonly typeDefs: DocumentNode;
  readonly resolvers: ResolverMap;
};

/** An entity that a subgraph owns: others know its key alone. */
export type Entity = {
  readonly kind: IdKind;
  /** A credential needs one of these scopes to resolve a reference to it, as a router does. */
  readonly references: readonly Scope[];
  /**
   * Finds an entity of the tenant.
   * @param local id inside its kind
   * @param info of the field that the entity answers; given where no other field gets the same object
   * @returns what the resolvers of its type take as their parent; null when the tenant has none
   */
  load(local: string, context: RequestContext, info?: GraphQLResolveInfo): Promise<object | null>;
};

/** A subgraph with all that the gateway needs to serve it. */
export type Subgraph = ExecutableSubgraph & {
  readonly rules: Rules;
  /** Points of fields that cost more than 1, by `Type.field`. */
  readonly costs: Readonly<Record<string, number>>;
  readonly entities: readonly Entity[];
};

type Manifest = {
  /** Its SDL is `schema/<name>.graphql`. */
  readonly name: string;
  /** By type, as codegen types them. */
  readonly resolvers: object;
  readonly rules: Rules;
  readonly costs?: Readonly<Record<string, number>>;
  readonly entities?: readonly Entity[];
};

/** Makes a subgraph of its manifest; references to its entities are resolved by their `load`. */
export function defineSubgraph({ name, rules, costs = {}, entities = [], ...given }: Manifest): Subgraph {
  const resolvers = { ...(given.resolvers as ResolverMap) };
  for (const { kind, load } of entities) {
    const __resolveReference = (reference: object, context: RequestContext) =>
      load(
        reference instanceof Reference ? reference.local : requireGlobalId(kind, keyOf(reference), 'id'),
        context,
      );
    resolvers[kind.type] = { ...(resolvers[kind.type] as TypeResolvers), __resolveReference } as never;
  }
  return { name, typeDefs: readSubgraphSdl(name), resolvers, rules, costs, entities };
}

/** Reads `schema/<name>.graphql`. */
const readSubgraphSdl = (name: string): DocumentNode =>
  parse(readFileSync(new URL(`../../schema/${name}.graphql`, import.meta.url), 'utf8'));

/** The subgraph's resolvers of an object type, interface or union; none where it has none. */
export function resolversOf(subgraph: ExecutableSubgraph, type: string): TypeResolvers {
  const own = subgraph.resolvers[type];
  return own && !isScalarType(own) ? own : {};
}
