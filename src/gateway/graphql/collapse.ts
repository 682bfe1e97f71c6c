import { makeExecutableSchema } from '@graphql-tools/schema';
import {
  defaultFieldResolver,
  defaultTypeResolver,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  type GraphQLTypeResolver,
  isAbstractType,
  isScalarType,
} from 'graphql';
import { createAsksMore } from '../../resolvers/selection.ts';
import {
  type ExecutableSubgraph,
  type FieldResolver,
  type ResolverMap,
  resolversOf,
} from '../../resolvers/subgraph.ts';
import { lookAhead } from './ahead.ts';
import { ofGone } from './gone.ts';
import { withKnownLocations } from './introspection.ts';
import { type MergedSdl, mergeSdl, type ObjectShape } from './merge-sdl.ts';
import { Foreign, isPromise, markForeign } from './origin.ts';
import { createReferences, type References } from './references.ts';

const ROOTS: ReadonlySet<string> = new Set(['Query', 'Mutation', 'Subscription']);

/**
 * Runs the modules of one process as one executable schema: no `_entities`, no query plan, no serialised
 * hop. A field that one module owns on an entity another module returned is reached through the owner's
 * `__resolveReference`, as a router would, once for each request; owners batch in their own loaders.
 *
 * An object is answered by the resolvers of the module it came from. Of a type that several modules define,
 * one module can be its *home*: the one that defines all of its fields. What a home returns goes through as it
 * is; what others return of the type goes as a `Foreign`, which says where it came from. So the same object
 * can come from two modules, and the common case costs nothing.
 * @throws Error for what a router can do and this can't (see `mergeSdl`)
 */
export function collapse(modules: readonly ExecutableSubgraph[]): GraphQLSchema {
  const sdl = mergeSdl(modules);
  for (const module of modules) checkResolvers(module, sdl);
  const origins = new Origins(modules, sdl);
  const references = createReferences(modules);
  const resolvers: Record<string, Record<string, unknown> | ResolverMap[string]> = {};

  for (const module of modules)
    for (const [type, own] of Object.entries(module.resolvers)) if (isScalarType(own)) resolvers[type] = own;
  for (const [type, shape] of sdl.objects)
    resolvers[type] = objectResolvers(type, shape, modules, origins, references);
  for (const type of new Set([...sdl.abstracts.values()].flatMap((members) => [...members.keys()])))
    resolvers[type] = { __resolveType: typeResolver(type, modules, origins) };

  const schema = makeExecutableSchema({
    typeDefs: sdl.typeDefs,
    resolvers: resolvers as never,
    resolverValidationOptions: { requireResolversForResolveType: 'ignore' },
  });
  return withKnownLocations(schema);
}

function checkResolvers(module: ExecutableSubgraph, { objects }: MergedSdl): void {
  for (const type of Object.keys(module.resolvers))
    for (const field of Object.keys(objects.has(type) ? resolversOf(module, type) : {}))
      if (!field.startsWith('__') && !objects.get(type)?.fields.get(module.name)?.has(field))
        throw new Error(
          `Subgraph '${module.name}' has a resolver for ${type}.${field}, which its SDL does not define.`,
        );
}

/** Where it matters which module an object came from. */
class Origins {
  readonly #modules: readonly ExecutableSubgraph[];
  readonly #sdl: MergedSdl;
  /** Types whose objects are answered differently by origin. */
  readonly #dispatched = new Set<string>();
  /** Types, abstract ones too, whose objects can come as a `Foreign`. */
  readonly #received = new Set<string>();

  constructor(modules: readonly ExecutableSubgraph[], sdl: MergedSdl) {
    this.#modules = modules;
    this.#sdl = sdl;
    // A type is answered differently when a type that its fields return is; so until nothing is added.
    for (let size = -1; size !== this.#dispatched.size; ) {
      size = this.#dispatched.size;
      for (const [type, shape] of sdl.objects) if (this.#differs(type, shape)) this.#dispatched.add(type);
    }
    for (const shape of sdl.objects.values())
      for (const [module, fields] of shape.fields)
        for (const returned of fields.values())
          if (this.marks(module, returned))
            for (const type of [returned, ...this.#possible(module, returned)]) this.#received.add(type);
  }

  shape = (type: string): ObjectShape | undefined => this.#sdl.objects.get(type);

  /** The module whose objects of the type go without a mark. */
  home(type: string): string | undefined {
    const shape = this.#sdl.objects.get(type);
    if (shape) {
      const all = fieldsOf(shape).size;
      return [...shape.fields].find(([, fields]) => fields.size === all)?.[0];
    }
    return this.#modules.find((module) => resolversOf(module, type)['__resolveType'])?.name;
  }

  /** Whether what the module's fields of this type return has to say where it came from. */
  marks(module: string, type: string): boolean {
    const isAbstract = !this.#sdl.objects.has(type);
    const possible = this.#possible(module, type);
    if (isAbstract && possible.length > 0 && this.home(type) !== undefined && this.home(type) !== module)
      return true;
    return possible.some((name) => this.#dispatched.has(name) && this.home(name) !== module);
  }

  receives = (type: string): boolean => this.#received.has(type);

  #possible(module: string, type: string): readonly string[] {
    return this.#sdl.objects.has(type) ? [type] : (this.#sdl.abstracts.get(module)?.get(type) ?? []);
  }

  #differs(type: string, shape: ObjectShape): boolean {
    if (ROOTS.has(type) || shape.fields.size < 2) return false;
    const all = fieldsOf(shape).size;
    for (const [name, fields] of shape.fields) {
      if (fields.size < all) return true;
      const module = this.#modules.find((candidate) => candidate.name === name);
      if (module && Object.keys(resolversOf(module, type)).some((field) => field !== '__resolveReference'))
        return true;
      for (const returned of fields.values()) if (this.marks(name, returned)) return true;
    }
    return false;
  }
}

const fieldsOf = (shape: ObjectShape): Set<string> =>
  new Set([...shape.fields.values()].flatMap((fields) => [...fields.keys()]));

function objectResolvers(
  type: string,
  shape: ObjectShape,
  modules: readonly ExecutableSubgraph[],
  origins: Origins,
  references: References,
): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  const definers = modules.filter((module) => shape.fields.has(module.name));
  const receives = origins.receives(type);
  const home = definers.find((module) => module.name === origins.home(type));

  /** As `module` itself answers the field; undefined where that is nothing but to read it from the object. */
  const own = (module: ExecutableSubgraph, field: string): FieldResolver | undefined => {
    const resolve = resolversOf(module, type)[field];
    if (!origins.marks(module.name, shape.fields.get(module.name)?.get(field) ?? '')) return resolve;
    const before = resolve ?? defaultFieldResolver;
    const ahead = aheadOf(
      shape.fields.get(module.name)?.get(field) ?? '',
      module,
      modules,
      origins,
      references,
    );
    return (parent, args, context, info) => {
      const value = before(parent, args, context, info);
      return ahead?.asksMore(info)
        ? lookAhead(value, module.name, ahead.find, context, info)
        : markForeign(value, module.name);
    };
  };

  /** As the field is answered for an object of `module`. */
  const wayFrom = (module: ExecutableSubgraph, field: string): FieldResolver => {
    if (shape.fields.get(module.name)?.has(field)) {
      const resolve = own(module, field) ?? defaultFieldResolver;
      return (parent: Foreign, args, context, info) => resolve(parent.value, args, context, info);
    }
    const owner = definers.find(
      ({ name }) => shape.resolvable.has(name) && shape.fields.get(name)?.has(field),
    );
    const { key } = shape;
    if (key === undefined || !owner || !shape.fields.get(module.name)?.has(key))
      throw new Error(
        `Subgraph '${module.name}' can return a ${type}, but nothing leads from there to ${type}.${field}: ` +
          `both it and a subgraph that defines the field need the type's key.`,
      );
    const resolve = own(owner, field) ?? defaultFieldResolver;
    const find = references.to(type, key, module, owner);
    return (parent: Foreign, args, context, info) => {
      const answer = (entity: unknown): unknown =>
        entity instanceof Error ? entity : entity ? resolve(entity, args, context, info) : ofGone(info);
      const found = find(parent.value, context, info);
      return isPromise(found) ? found.then(answer) : answer(found);
    };
  };

  for (const field of fieldsOf(shape)) {
    const first = home ?? definers.find((module) => shape.fields.get(module.name)?.has(field));
    const plain = first && own(first, field);
    if (!receives) {
      if (plain) result[field] = type === 'Mutation' ? thenForgetting(plain, references) : plain;
      continue;
    }
    const raw = plain ?? defaultFieldResolver;
    const ways = new Map(definers.map((module) => [module.name, wayFrom(module, field)]));
    result[field] = ((parent, args, context, info) =>
      parent instanceof Foreign
        ? ways.get(parent.module)?.(parent, args, context, info)
        : raw(parent, args, context, info)) satisfies FieldResolver;
  }
  const isTypeOf = typeCheck(type, definers, home);
  if (isTypeOf) result['__isTypeOf'] = isTypeOf;
  return result;
}

/** A mutation, after which nothing counts that was looked up before: what it answers is as of itself. */
const thenForgetting =
  (resolve: FieldResolver, references: References): FieldResolver =>
  async (parent, args, context, info) => {
    try {
      return await resolve(parent, args, context, info);
    } finally {
      references.forget(context);
    }
  };

/** How references of a type that `module` returns are looked up at once; undefined for what is no entity of one home. */
function aheadOf(
  type: string,
  module: ExecutableSubgraph,
  modules: readonly ExecutableSubgraph[],
  origins: Origins,
  references: References,
) {
  const shape = origins.shape(type);
  const known = shape?.fields.get(module.name);
  const home = modules.find(({ name }) => name === origins.home(type));
  if (!shape?.key || !known?.has(shape.key) || !home || home === module || !shape.resolvable.has(home.name))
    return undefined;
  return {
    asksMore: createAsksMore(new Set(known.keys())),
    find: references.to(type, shape.key, module, home),
  };
}

type TypeCheck = (value: unknown, context: object, info: GraphQLResolveInfo) => unknown;

function typeCheck(
  type: string,
  definers: readonly ExecutableSubgraph[],
  home: ExecutableSubgraph | undefined,
): TypeCheck | undefined {
  const checks = new Map(
    definers.map((module) => [module.name, resolversOf(module, type)['__isTypeOf'] as TypeCheck | undefined]),
  );
  if ([...checks.values()].every((check) => check === undefined)) return undefined;
  const raw = checks.get((home ?? definers[0])?.name ?? '');
  return (value, context, info) => {
    const foreign = value instanceof Foreign;
    const check = foreign ? checks.get(value.module) : raw;
    return check ? check(foreign ? value.value : value, context, info) : true;
  };
}

/** The concrete type of a value, as the module that returned it says. */
function typeResolver(
  type: string,
  modules: readonly ExecutableSubgraph[],
  origins: Origins,
): GraphQLTypeResolver<unknown, object> {
  const own = new Map(
    modules.map((module) => [
      module.name,
      resolversOf(module, type)['__resolveType'] as unknown as
        | GraphQLTypeResolver<unknown, object>
        | undefined,
    ]),
  );
  const home = own.get(origins.home(type) ?? '');
  return (value, context, info) => {
    const abstract = info.schema.getType(type);
    if (!isAbstractType(abstract)) throw new Error(`${type} is neither an interface nor a union.`);
    if (!(value instanceof Foreign)) return (home ?? defaultTypeResolver)(value, context, info, abstract);
    const resolve = own.get(value.module);
    if (resolve) return resolve(value.value, context, info, abstract);
    const { __typename: name } = value.value as { readonly __typename?: unknown };
    return typeof name === 'string' ? name : defaultTypeResolver(value, context, info, abstract);
  };
}
