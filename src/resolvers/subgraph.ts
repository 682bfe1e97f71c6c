import { readFileSync } from 'node:fs';
import {
  type DocumentNode,
  type GraphQLFieldResolver,
  type GraphQLScalarType,
  isScalarType,
  parse,
} from 'graphql';

// biome-ignore lint/suspicious/noExplicitAny: parents and arguments differ from field to field; codegen types them where resolvers are written.
export type FieldResolver = GraphQLFieldResolver<any, any, any>;
/** Of one type: a resolver for each field, with `__resolveReference` and `__resolveType` as federation has them. */
export type TypeResolvers = { readonly [field: string]: FieldResolver };
export type ResolverMap = { readonly [type: string]: TypeResolvers | GraphQLScalarType };

/** A part of the graph: its SDL (federation 2) and resolvers. It knows of the other parts only by their entities' keys. */
export type SubgraphModule = {
  readonly name: string;
  readonly typeDefs: DocumentNode;
  readonly resolvers: ResolverMap;
};

/** Reads `schema/<name>.graphql`. */
export const readSubgraphSdl = (name: string): DocumentNode =>
  parse(readFileSync(new URL(`../../schema/${name}.graphql`, import.meta.url), 'utf8'));

/** The module's resolvers of an object type, interface or union; none where it has none. */
export function resolversOf(module: SubgraphModule, type: string): TypeResolvers {
  const own = module.resolvers[type];
  return own && !isScalarType(own) ? own : {};
}
