import { createRequire } from 'node:module';
import { isAbstractType, isObjectType, isScalarType } from 'graphql';
import type * as Shield from 'graphql-shield';
import { DomainError } from '../domain/errors.ts';
import {
  buildSubgraph,
  type FieldResolver,
  type SubgraphModule,
  type TypeResolvers,
} from '../gateway/subgraph.ts';
import { hasScope, requireViewer, type Scope, type Viewer } from './viewer.ts';

const require = createRequire(import.meta.url);
// graphql-shield 7.6.5 calls this at load; Node 23 removed it. Its ES module build can't be mended so: it
// binds the name at link time. The CommonJS build reads it from this object, and loads the CommonJS build
// of graphql-middleware with it.
const util = require('node:util') as { isUndefined?: (value: unknown) => boolean };
util.isUndefined ??= (value) => value === undefined;
const { shield, rule, allow, deny } = require('graphql-shield') as typeof Shield;

export type Rule = ReturnType<ReturnType<typeof rule>> | typeof allow;
/** Rules by type and field; `*` stands for the type's other fields. */
export type RuleTree = { readonly [type: string]: { readonly [field: string]: Rule } };
type Context = { readonly viewer: Viewer | null };

export { allow };

/** Whoever has a valid credential. */
export const authenticated: Rule = rule('authenticated', { cache: 'no_cache' })(
  (_parent, _args, context: Context) => {
    try {
      requireViewer(context);
      return true;
    } catch (error) {
      return error as DomainError;
    }
  },
);

/** Whoever has at least one of the scopes. Depends on the identity alone, never on arguments: a cached verdict of one alias can't leak to another. */
export const scope = (...scopes: readonly Scope[]): Rule =>
  rule(`scope ${scopes.join(' or ')}`, { cache: 'no_cache' })(
    (_parent, _args, context: Context) => denial(context, scopes) ?? true,
  );

/** Why the context lacks all of the scopes; undefined when it has one. */
function denial(context: Context, scopes: readonly Scope[]): DomainError | undefined {
  if (scopes.some((name) => hasScope(context.viewer, name))) return undefined;
  if (context.viewer)
    return new DomainError(
      'FORBIDDEN',
      `This needs a credential with the scope ${scopes.map((name) => `'${name}'`).join(' or ')}.`,
    );
  try {
    requireViewer(context);
    return undefined;
  } catch (error) {
    return error as DomainError;
  }
}

/**
 * Puts graphql-shield in front of a module's own resolvers, so that the rules hold wherever it is served:
 * collapsed into one schema, as a subgraph, and for references of a router.
 *
 * Denied by default: a field without an entry can't be read. `allow` costs nothing: no wrapper is made for it,
 * where shield alone would wrap every field of the schema.
 * @param entityScopes scopes of which one is needed to resolve a reference to an entity
 * @throws Error for a rule on an interface or union (shield would ignore it) or on what does not exist
 */
export function protect(
  module: SubgraphModule,
  rules: RuleTree,
  entityScopes: Readonly<Record<string, readonly Scope[]>>,
): SubgraphModule {
  const schema = buildSubgraph(module);
  for (const type of Object.keys(rules)) {
    const found = schema.getType(type);
    if (found && isAbstractType(found))
      throw new Error(
        `Subgraph '${module.name}': '${type}' is an interface or union; its rules would be ignored. Put them on its types.`,
      );
    if (!isObjectType(found))
      throw new Error(`Subgraph '${module.name}': there are rules for '${type}', which is no type of it.`);
  }

  const middleware = shield(rules as never, {
    allowExternalErrors: true,
    fallbackRule: deny,
    fallbackError: new DomainError('FORBIDDEN', 'This field can not be read.'),
  }).generate(schema) as unknown as Record<string, Record<string, Middleware>>;

  const resolvers: Record<string, SubgraphModule['resolvers'][string]> = { ...module.resolvers };
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || isFederationOwn(type.name)) continue;
    const wrapped: Record<string, FieldResolver> = {};
    const own = resolvers[type.name];
    const before: TypeResolvers = own && !isScalarType(own) ? own : {};
    for (const field of Object.keys(type.getFields())) {
      if (field.startsWith('_') || ruleOf(rules, type.name, field) === allow) continue;
      const guard = middleware[type.name]?.[field];
      if (!guard) throw new Error(`Subgraph '${module.name}': no rule was made for ${type.name}.${field}.`);
      const resolve: FieldResolver = before[field] ?? ((parent) => parent[field]);
      wrapped[field] = (parent, args, context, info) => guard(resolve, parent, args, context, info);
    }
    const reference = before['__resolveReference'];
    const scopes = entityScopes[type.name];
    if (reference) {
      const guarded = guardReference(reference as unknown as ReferenceResolver, scopes ?? ['admin']);
      wrapped['__resolveReference'] = guarded as unknown as FieldResolver;
    }
    if (Object.keys(wrapped).length > 0) resolvers[type.name] = { ...before, ...wrapped };
  }
  return { ...module, resolvers };
}

type Middleware = (resolve: FieldResolver, ...args: Parameters<FieldResolver>) => unknown;
type ReferenceResolver = (reference: object, context: Context, info: unknown) => unknown;

const guardReference =
  (resolve: ReferenceResolver, scopes: readonly Scope[]): ReferenceResolver =>
  (reference, context, info) => {
    const denied = denial(context, scopes);
    if (denied) throw denied;
    return resolve(reference, context, info);
  };

const ruleOf = (rules: RuleTree, type: string, field: string): Rule | undefined =>
  rules[type]?.[field] ?? rules[type]?.['*'];

/** What federation adds to a subgraph: its SDL is no secret to who may introspect, its entities are guarded by type. */
const isFederationOwn = (type: string): boolean => type.startsWith('_');

/** Fields without a rule of their own or of their type: denied, and most likely forgotten. */
export function unruled(module: SubgraphModule, rules: RuleTree): string[] {
  const found: string[] = [];
  for (const type of Object.values(buildSubgraph(module).getTypeMap()))
    if (isObjectType(type) && !type.name.startsWith('_'))
      for (const field of Object.keys(type.getFields()))
        if (!field.startsWith('_') && ruleOf(rules, type.name, field) === undefined)
          found.push(`${type.name}.${field}`);
  return found;
}
