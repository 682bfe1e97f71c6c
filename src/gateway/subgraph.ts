import { readFileSync } from 'node:fs';
import { buildSubgraphSchema } from '@apollo/subgraph';
import {
  type DocumentNode,
  type GraphQLArgument,
  type GraphQLFieldResolver,
  type GraphQLInputField,
  type GraphQLScalarType,
  type GraphQLSchema,
  isInputObjectType,
  isObjectType,
  isScalarType,
  parse,
  valueFromAST,
} from 'graphql';
import { resolveEntities } from './entities.ts';
import { withKnownLocations } from './introspection.ts';

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

/** The module as a subgraph of its own, with `_service` and `_entities`, for any federation router. */
export function buildSubgraph(module: SubgraphModule): GraphQLSchema {
  const schema = withKnownLocations(
    buildSubgraphSchema([{ typeDefs: module.typeDefs, resolvers: module.resolvers as never }]),
  );
  // Defaults were read from the SDL before the scalars had their own parsers.
  for (const type of Object.values(schema.getTypeMap())) {
    if (isInputObjectType(type)) Object.values(type.getFields()).forEach(parseDefault);
    if (isObjectType(type))
      for (const field of Object.values(type.getFields())) field.args.forEach(parseDefault);
  }
  resolveEntities(schema, (type) => resolversOf(module, type)['__resolveReference'] as never);
  return schema;
}

function parseDefault(input: GraphQLArgument | GraphQLInputField): void {
  const literal = input.astNode?.defaultValue;
  if (literal) input.defaultValue = valueFromAST(literal, input.type);
}

/** The module's resolvers of an object type, interface or union; none where it has none. */
export function resolversOf(module: SubgraphModule, type: string): TypeResolvers {
  const own = module.resolvers[type];
  return own && !isScalarType(own) ? own : {};
}
