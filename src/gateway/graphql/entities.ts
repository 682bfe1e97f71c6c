import { defaultTypeResolver, type GraphQLSchema, isUnionType } from 'graphql';
import { badInput, DomainError } from '../../lib/errors.ts';
import type { FieldResolver } from '../../resolvers/subgraph.ts';

/** The part of a request's context that federation's own fields read. */
type RouterContext = { readonly fromRouter?: boolean };
type ResolveReference = (reference: object, context: object, info: unknown) => unknown;

/**
 * Resolves `Query._entities` in place of `@apollo/subgraph` (2.15.1), which has two faults that callers can reach. It
 * writes `__typename` into a resolver's object, which may be frozen. It throws at an unknown type after other
 * references have begun, whose rejections are then unhandled.
 *
 * Every `__typename` is checked before the first reference is resolved; each reference fails by itself.
 * @param schema of one subgraph; changed in place
 * @param resolverOf the `__resolveReference` of a type; a type without one is answered with the reference itself
 */
export function resolveEntities(
  schema: GraphQLSchema,
  resolverOf: (type: string) => ResolveReference | undefined,
): void {
  const union = schema.getType('_Entity');
  const field = schema.getQueryType()?.getFields()['_entities'];
  if (!isUnionType(union) || !field) return;
  const types = new Set(union.getTypes().map(({ name }) => name));
  /** The type of each entity whose object does not name it. */
  const typeOf = new WeakMap<object, string>();

  const resolveOne = async (reference: Representation, context: object, info: unknown): Promise<unknown> => {
    const resolve = resolverOf(reference.__typename);
    const entity = await (resolve ? resolve(reference, context, info) : reference);
    if (typeof entity === 'object' && entity !== null) typeOf.set(entity, reference.__typename);
    return entity ?? null;
  };

  field.resolve = (_source, args: { readonly representations: readonly unknown[] }, context, info) => {
    const references = args.representations.map((value, index) => representation(value, index, types));
    return references.map((reference) => resolveOne(reference, context, info));
  };
  union.resolveType = (value, context, info, type) =>
    typeOf.get(value as object) ?? defaultTypeResolver(value, context, info, type);
}

type Representation = { readonly __typename: string };

function representation(value: unknown, index: number, types: ReadonlySet<string>): Representation {
  const path = `representations[${index}]`;
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw badInput('A representation must be an object.', path);
  const { __typename: name } = value as { readonly __typename?: unknown };
  if (typeof name !== 'string' || !types.has(name))
    throw badInput(`'__typename' must be one of ${[...types].sort().join(', ')}.`, `${path}.__typename`);
  return value as Representation;
}

/**
 * Closes what federation adds to a subgraph to all but a router that shows the shared secret: `_entities`, and the SDL
 * where introspection is off.
 * @param schema of one subgraph; changed in place
 */
export function closeToCallers(schema: GraphQLSchema, options: { readonly introspection: boolean }): void {
  const { _entities: entities, _service: service } = schema.getQueryType()?.getFields() ?? {};
  for (const field of [entities, options.introspection ? undefined : service]) {
    if (!field?.resolve) continue;
    const resolve: FieldResolver = field.resolve;
    field.resolve = (source, args, context: RouterContext, info) => {
      if (context.fromRouter !== true)
        throw new DomainError(
          'FORBIDDEN',
          `'${field.name}' is for a router, which shows the secret of this installation in the header 'router-authorization'.`,
        );
      return resolve(source, args, context, info);
    };
  }
}
