import { makeExecutableSchema } from '@graphql-tools/schema';
import { type GraphQLResolveInfo, type GraphQLSchema, isScalarType, Kind, type TypeNode } from 'graphql';
import { type EntityShape, mergeSdl } from './merge-sdl.ts';
import type { FieldResolver, ResolverMap, SubgraphModule, TypeResolvers } from './subgraph.ts';

/**
 * Runs the modules of one process as one executable schema: no `_entities`, no query plan, no serialised
 * hop. A field that one module owns on an entity another module returned is reached through the owner's
 * `__resolveReference`, as a router would, memoised for each request; owners batch in their own loaders.
 *
 * Which module an object came from is kept in a WeakMap, and only for objects with fields that are not its
 * own: all others are answered by their module's resolvers as they are, without any cost.
 * @throws Error for what a router can do and this can't (see `mergeSdl`)
 */
export function collapse(modules: readonly SubgraphModule[]): GraphQLSchema {
  const { typeDefs, entities } = mergeSdl(modules);
  const merged: Record<string, Record<string, FieldResolver> | ResolverMap[string]> = {};

  for (const module of modules)
    for (const [type, resolvers] of Object.entries(module.resolvers)) {
      if (isScalarType(resolvers)) {
        merged[type] = resolvers;
        continue;
      }
      const target = (merged[type] ??= {}) as Record<string, FieldResolver>;
      for (const [field, resolver] of Object.entries(resolvers)) {
        if (field === '__resolveReference') continue;
        const isKey = entities.get(type)?.key === field;
        if (target[field] && !isKey)
          throw new Error(`${type}.${field} has a resolver in subgraph '${module.name}' and in another.`);
        target[field] = resolver;
      }
    }

  const origins = new WeakMap<object, string>();
  for (const [type, shape] of entities) crossEntity(type, shape, modules, merged, origins);
  tagReturned(modules, entities, typeDefs.definitions, merged, origins);
  return makeExecutableSchema({ typeDefs, resolvers: merged as never, resolverValidationOptions: { requireResolversForResolveType: 'ignore' } });
}

type Merged = Record<string, Record<string, FieldResolver> | ResolverMap[string]>;
const readField = (parent: unknown, field: string): unknown => (parent as Record<string, unknown>)[field];
const resolversOf = (module: SubgraphModule | undefined, type: string): TypeResolvers =>
  (module?.resolvers[type] ?? {}) as TypeResolvers;

/** Modules that own a field of the entity besides its key. */
function ownersOf(shape: EntityShape): Set<string> {
  const owners = new Set<string>();
  for (const [field, names] of shape.owners) if (field !== shape.key) for (const name of names) owners.add(name);
  return owners;
}

/** Whether an object of the entity that `module` returns has fields of other modules. */
const hasForeignFields = (shape: EntityShape, module: string): boolean =>
  [...ownersOf(shape)].some((owner) => owner !== module);

/** Wraps an entity's fields, so that a parent of another module is first looked up in the field's own. */
function crossEntity(
  type: string,
  shape: EntityShape,
  modules: readonly SubgraphModule[],
  merged: Merged,
  origins: WeakMap<object, string>,
): void {
  const byName = new Map(modules.map((module) => [module.name, module]));
  const mentioned = modules.filter((module) => [...shape.owners.values()].some((names) => names.includes(module.name)));
  if (mentioned.every((module) => !hasForeignFields(shape, module.name))) return;
  const target = { ...((merged[type] ?? {}) as Record<string, FieldResolver>) };

  const keyIn = (module: SubgraphModule | undefined): FieldResolver =>
    resolversOf(module, type)[shape.key] ?? ((parent) => readField(parent, shape.key));
  const keys = new Map(modules.map((module) => [module.name, keyIn(module)]));
  const soleOwner = [...ownersOf(shape)].find((owner) => owner);
  const ownKey = keys.get(soleOwner ?? '') ?? keyIn(undefined);
  target[shape.key] = (parent, args, context, info) =>
    (keys.get(origins.get(parent) ?? '') ?? ownKey)(parent, args, context, info);

  for (const [field, names] of shape.owners) {
    if (field === shape.key) continue;
    const owner = byName.get(names[0] ?? '');
    if (!owner) continue;
    const own: FieldResolver = resolversOf(owner, type)[field] ?? ((parent) => readField(parent, field));
    const reference = references(type, shape.key, owner, keys, origins);
    target[field] = (parent, args, context, info) => {
      const origin = origins.get(parent);
      if (origin === undefined || names.includes(origin)) return own(parent, args, context, info);
      const found = reference(parent, origin, context, info);
      if (isPromise(found))
        return found.then((entity) => (entity === null || entity === undefined ? null : own(entity, args, context, info)));
      return found === null || found === undefined ? null : own(found, args, context, info);
    };
  }
  merged[type] = target;
}

/** Looks entities up in their owner, each once for a request. */
function references(
  type: string,
  key: string,
  owner: SubgraphModule,
  keys: ReadonlyMap<string, FieldResolver>,
  origins: WeakMap<object, string>,
) {
  const resolve = resolversOf(owner, type)['__resolveReference'] as
    | ((reference: object, context: object, info: GraphQLResolveInfo) => unknown)
    | undefined;
  const requests = new WeakMap<object, Map<unknown, unknown>>();
  return (parent: object, origin: string, context: object, info: GraphQLResolveInfo): unknown => {
    if (!resolve) throw new Error(`Subgraph '${owner.name}' does not resolve references to ${type}.`);
    const value = keys.get(origin)?.(parent, {}, context, info) ?? readField(parent, key);
    let known = requests.get(context);
    if (!known) requests.set(context, (known = new Map()));
    if (known.has(value)) return known.get(value);
    const found = resolve({ __typename: type, [key]: value }, context, info);
    known.set(value, found);
    // What the owner gives is the owner's, whatever it was tagged with before.
    if (isPromise(found)) void found.then((entity) => own(entity, owner.name, origins), () => {});
    else own(found, owner.name, origins);
    return found;
  };
}

function own(entity: unknown, owner: string, origins: WeakMap<object, string>): void {
  if (typeof entity === 'object' && entity !== null && origins.has(entity)) origins.set(entity, owner);
}

/** Wraps the fields that return an entity with fields of other modules: what they return is tagged. */
function tagReturned(
  modules: readonly SubgraphModule[],
  entities: ReadonlyMap<string, EntityShape>,
  definitions: readonly { readonly kind: string }[],
  merged: Merged,
  origins: WeakMap<object, string>,
): void {
  const abstract = abstractTypes(definitions);
  for (const module of modules) {
    const foreign = (type: string): boolean =>
      (abstract.get(type) ?? [type]).some((name) => {
        const shape = entities.get(name);
        return shape !== undefined && hasForeignFields(shape, module.name);
      });
    for (const definition of module.typeDefs.definitions) {
      if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION && definition.kind !== Kind.OBJECT_TYPE_EXTENSION) continue;
      const type = definition.name.value;
      for (const field of definition.fields ?? []) {
        const name = field.name.value;
        if (!foreign(namedType(field.type)) || entities.get(type)?.key === name) continue;
        const target = { ...((merged[type] ?? {}) as Record<string, FieldResolver>) };
        const before: FieldResolver = target[name] ?? ((parent) => readField(parent, name));
        target[name] = (parent, args, context, info) => tag(before(parent, args, context, info), module.name, origins);
        merged[type] = target;
      }
    }
  }
}

function tag(value: unknown, origin: string, origins: WeakMap<object, string>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (isPromise(value)) return value.then((settled) => tag(settled, origin, origins));
  if (Array.isArray(value)) return value.map((item) => tag(item, origin, origins));
  if (!(value instanceof Error)) origins.set(value, origin);
  return value;
}

const isPromise = (value: unknown): value is Promise<unknown> =>
  typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';

const namedType = (type: TypeNode): string => (type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type));

/** The object types behind each interface and union. */
function abstractTypes(definitions: readonly { readonly kind: string }[]): Map<string, string[]> {
  const members = new Map<string, string[]>();
  for (const node of definitions as readonly import('graphql').TypeDefinitionNode[]) {
    if (node.kind === Kind.UNION_TYPE_DEFINITION)
      members.set(node.name.value, (node.types ?? []).map((type) => type.name.value));
    if (node.kind === Kind.OBJECT_TYPE_DEFINITION)
      for (const parent of node.interfaces ?? [])
        members.set(parent.name.value, [...(members.get(parent.name.value) ?? []), node.name.value]);
  }
  return members;
}
