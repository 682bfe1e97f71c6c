import { makeExecutableSchema } from '@graphql-tools/schema';
import { transformSupergraphToPublicSchema } from '@theguild/federation-composition';
import {
  defaultFieldResolver,
  defaultTypeResolver,
  type GraphQLNamedType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  type GraphQLTypeResolver,
  getNamedType,
  isAbstractType,
  isObjectType,
  isScalarType,
  parse,
} from 'graphql';
import { isPromise } from '../../lib/promises.ts';
import { Reference } from '../../resolvers/reference.ts';
import { createAsksMore } from '../../resolvers/selection.ts';
import { type ExecutableSubgraph, type FieldResolver, resolversOf } from '../../resolvers/subgraph.ts';
import { withKnownLocations } from './introspection.ts';
import { type Owners, objectsOf, ownersOf, refusal } from './owners.ts';

const ROOTS: ReadonlySet<string> = new Set(['Query', 'Mutation']);

/**
 * Runs the subgraphs of one process as one executable schema: no `_entities`, no query plan, no serialised hop.
 *
 * Each entity has one subgraph that owns it and all of its fields; the others know its `id`. Where a field returns a
 * `Reference` and the selection asks for more than `id`, the owner's `__resolveReference` finds the entity, once for each
 * request. A reference to nothing is null, and an owner that fails is an error in the reference's place.
 * @param supergraphSdl composed of the same subgraphs
 * @throws Error for parts of federation that only a router can do
 */
export function oneSchema(subgraphs: readonly ExecutableSubgraph[], supergraphSdl: string): GraphQLSchema {
  const owners = ownersOf(subgraphs);
  const schema = makeExecutableSchema({
    typeDefs: transformSupergraphToPublicSchema(parse(supergraphSdl)),
    resolvers: mergeResolvers(subgraphs, owners) as never,
    resolverValidationOptions: { requireResolversForResolveType: 'ignore' },
  });
  const lookUps = new LookUps(owners);
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {}))
    field.resolve = lookUps.forgottenBy(field.resolve ?? defaultFieldResolver);
  for (const [type, field] of fieldsWithReferences(subgraphs, owners, schema))
    field.resolve = lookUps.following(field.resolve ?? defaultFieldResolver, isAbstractType(type));
  for (const type of Object.values(schema.getTypeMap())) {
    if (isAbstractType(type))
      type.resolveType = lookUps.typeResolver(type.resolveType ?? defaultTypeResolver);
    const id = owners.has(type.name) && isObjectType(type) ? type.getFields()['id'] : undefined;
    if (id) id.resolve = idOf(id.resolve ?? defaultFieldResolver);
  }
  return withKnownLocations(schema);
}

/** All resolvers by type. @throws Error where two subgraphs resolve fields of one type */
function mergeResolvers(subgraphs: readonly ExecutableSubgraph[], owners: Owners) {
  const merged: Record<string, object> = {};
  for (const subgraph of subgraphs)
    for (const [type, own] of Object.entries(subgraph.resolvers)) {
      if (isScalarType(own)) {
        merged[type] = own;
        continue;
      }
      const { __resolveReference: _, ...fields } = own;
      if (Object.keys(fields).length === 0) continue;
      const owner = owners.get(type) ?? subgraph;
      if (owner !== subgraph || (merged[type] && !ROOTS.has(type)))
        throw refusal(subgraph, `resolvers of '${type}', which another subgraph resolves,`);
      merged[type] = { ...merged[type], ...fields };
    }
  return merged;
}

/** The fields that can return references, each once, with the type that they return. */
function* fieldsWithReferences(
  subgraphs: readonly ExecutableSubgraph[],
  owners: Owners,
  schema: GraphQLSchema,
) {
  const seen = new Set<object>();
  for (const subgraph of subgraphs) {
    const isForeign = ({ name }: GraphQLNamedType) => (owners.get(name) ?? subgraph) !== subgraph;
    for (const definition of objectsOf(subgraph)) {
      const type = schema.getType(definition.name.value);
      for (const { name } of definition.fields ?? []) {
        const field = isObjectType(type) ? type.getFields()[name.value] : undefined;
        if (!field || seen.has(field)) continue;
        const returned = getNamedType(field.type);
        const possible = isAbstractType(returned) ? schema.getPossibleTypes(returned) : [returned];
        if (!possible.some(isForeign)) continue;
        seen.add(field);
        yield [returned, field] as const;
      }
    }
  }
}

/** The owner's `id`, which reads it from a reference too. */
const idOf =
  (resolve: FieldResolver): FieldResolver =>
  (parent, args, context, info) =>
    parent instanceof Reference ? parent.id : resolve(parent, args, context, info);

type ResolveReference = (reference: object, context: object, info: GraphQLResolveInfo) => unknown;

/** Looks up references, each once for a request, or for each mutation of it. */
class LookUps {
  /** By type: the owner's `__resolveReference`. Without one, the reference is the entity, as in `@apollo/subgraph`. */
  readonly #resolvers: ReadonlyMap<string, ResolveReference>;
  /** By context, type and id: an entity, null, an error, or a promise of one of these. */
  readonly #found = new WeakMap<object, Map<string, Map<string, unknown>>>();
  /** Types of entities that were found where the schema has an interface or union. */
  readonly #types = new WeakMap<object, string>();

  constructor(owners: Owners) {
    this.#resolvers = new Map(
      [...owners].map(([type, owner]) => [
        type,
        (resolversOf(owner, type)['__resolveReference'] as ResolveReference | undefined) ??
          ((entity) => entity),
      ]),
    );
  }

  /** The field with the entities of its references, where the selection asks for more than `id`. */
  following(resolve: FieldResolver, isAbstract: boolean): FieldResolver {
    const asksMore = createAsksMore(new Set(['id']));
    const follow = (value: unknown, context: object, info: GraphQLResolveInfo): unknown => {
      if (value instanceof Reference) {
        if (!asksMore(info, value.__typename)) return value;
        const found = this.#find(value, context, info);
        return isAbstract ? this.#typed(found, value.__typename) : found;
      }
      if (Array.isArray(value)) return value.map((item) => follow(item, context, info));
      return isPromise(value) ? value.then((settled) => follow(settled, context, info)) : value;
    };
    return (parent, args, context, info) => follow(resolve(parent, args, context, info), context, info);
  }

  /** A mutation, after which the request's look-ups count no more. */
  forgottenBy(resolve: FieldResolver): FieldResolver {
    return async (parent, args, context, info) => {
      try {
        return await resolve(parent, args, context, info);
      } finally {
        this.#found.delete(context);
      }
    };
  }

  typeResolver(resolve: GraphQLTypeResolver<object, object>): GraphQLTypeResolver<object, object> {
    return (value, context, info, type) =>
      value instanceof Reference
        ? value.__typename
        : (this.#types.get(value) ?? resolve(value, context, info, type));
  }

  #find(reference: Reference, context: object, info: GraphQLResolveInfo): unknown {
    const { __typename: type, local } = reference;
    let byType = this.#found.get(context);
    if (!byType) this.#found.set(context, (byType = new Map()));
    let byLocal = byType.get(type);
    if (!byLocal) byType.set(type, (byLocal = new Map()));
    const known = byLocal.get(local);
    if (known !== undefined) return known;
    const found = this.#ask(reference, context, info);
    byLocal.set(local, found);
    return found;
  }

  #ask(reference: Reference, context: object, info: GraphQLResolveInfo): unknown {
    const resolve = this.#resolvers.get(reference.__typename);
    if (!resolve) return new Error(`No subgraph owns ${reference.__typename}.`);
    try {
      return resolve(reference, context, info) ?? null;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  /** The entity, or a promise of it, whose type is remembered. */
  #typed(found: unknown, type: string): unknown {
    if (isPromise(found)) return found.then((entity) => this.#typed(entity, type));
    if (typeof found === 'object' && found !== null) this.#types.set(found, type);
    return found;
  }
}
