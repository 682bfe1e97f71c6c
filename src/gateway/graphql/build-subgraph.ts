import { buildSubgraphSchema } from '@apollo/subgraph';
import {
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLSchema,
  isInputObjectType,
  isObjectType,
  valueFromAST,
} from 'graphql';
import { type ExecutableSubgraph, resolversOf } from '../../resolvers/subgraph.ts';
import { resolveEntities } from './entities.ts';
import { withKnownLocations } from './introspection.ts';

/** The module as a subgraph of its own, with `_service` and `_entities`, for any federation router. */
export function buildSubgraph(module: ExecutableSubgraph): GraphQLSchema {
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
