import { createRequire } from 'node:module';
import {
  defaultFieldResolver,
  type GraphQLObjectType,
  type GraphQLSchema,
  isAbstractType,
  isObjectType,
  isUnionType,
} from 'graphql';
import type * as Shield from 'graphql-shield';
import { type Rule, type Rules, ruledFields, ruleOf } from '../../auth/rules.ts';
import { hasScope, noCredential, type Viewer } from '../../auth/viewer.ts';
import type { Scope } from '../../domain/scopes.ts';
import { DomainError } from '../../lib/errors.ts';
import { type ExecutableSubgraph, type FieldResolver, resolversOf } from '../../resolvers/subgraph.ts';
import { buildSubgraph } from './build-subgraph.ts';

const require = createRequire(import.meta.url);
// graphql-shield 7.6.5 calls this at load; Node 23 removed it. Its ES module build can't be mended so: it
// binds the name at link time. The CommonJS build reads it from this object, and loads the CommonJS build
// of graphql-middleware with it.
const util = require('node:util') as { isUndefined?: (value: unknown) => boolean };
util.isUndefined ??= (value) => value === undefined;
const { shield, rule, allow } = require('graphql-shield') as typeof Shield;

type ShieldRule = ReturnType<ReturnType<typeof rule>> | typeof allow;
type Context = { readonly viewer: Viewer | null };

/**
 * Every verdict is computed again and depends on the identity alone, never on arguments. shield's own caches give one
 * alias the verdict of another, or cost more than the rule.
 */
const identityRule = (name: string, denial: (viewer: Viewer | null) => DomainError | undefined): ShieldRule =>
  rule(name, { cache: 'no_cache' })((_parent, _args, context: Context) => denial(context.viewer) ?? true);

const named = new Map<string, ShieldRule>();

/** A declared rule as graphql-shield takes it, which refuses two rules of one name in a tree. */
function shieldRule(declared: Rule): ShieldRule {
  if (declared === 'open') return allow;
  const name = typeof declared === 'string' ? declared : `scope ${declared.join(' or ')}`;
  const known = named.get(name);
  if (known) return known;
  const made = identityRule(name, (viewer) => {
    if (typeof declared !== 'string') return denial(viewer, declared);
    return viewer ? undefined : noCredential();
  });
  named.set(name, made);
  return made;
}

const shieldRules = (rules: Rules): Record<string, Record<string, ShieldRule>> =>
  Object.fromEntries(
    Object.entries(rules).map(([type, own]) => [
      type,
      Object.fromEntries(
        ruledFields(own).map((field) => [field, shieldRule(ruleOf(rules, type, field) ?? [])]),
      ),
    ]),
  );

const unlisted = (): DomainError => new DomainError('FORBIDDEN', 'This field can not be read.');
/** Shield's own `deny` makes no middleware that can be called alone. */
const denied: ShieldRule = identityRule('denied', unlisted);

/** The error for a viewer without any of the scopes; undefined with one of them. */
function denial(viewer: Viewer | null, scopes: readonly Scope[]): DomainError | undefined {
  if (!viewer) return noCredential();
  if (scopes.some((name) => hasScope(viewer, name))) return undefined;
  return new DomainError(
    'FORBIDDEN',
    `This needs a credential with the scope ${scopes.map((name) => `'${name}'`).join(' or ')}.`,
  );
}

/**
 * Puts graphql-shield in front of a module's own resolvers. So the rules hold wherever it is served: in one schema, as
 * a subgraph, and for references of a router.
 *
 * Denied by default: a field without an entry can't be read. `open` costs nothing: no wrapper is made for it, where
 * shield alone would wrap every field of the schema.
 * @param entityScopes scopes for references to entities; one of them is needed
 * @throws Error for a rule on an interface or union, which shield would ignore, or on a missing field. Also for
 * subscriptions, which start before shield asks the rule
 */
export function protect(
  module: ExecutableSubgraph,
  rules: Rules,
  entityScopes: Readonly<Record<string, readonly Scope[]>>,
): ExecutableSubgraph {
  const schema = buildSubgraph(module);
  if (schema.getSubscriptionType())
    throw new Error(`Subgraph '${module.name}': subscriptions would start before their rules are asked.`);
  for (const type of Object.keys(rules)) {
    const found = schema.getType(type);
    if (found && isAbstractType(found))
      throw new Error(
        `Subgraph '${module.name}': '${type}' is an interface or union; its rules would be ignored. Put them on its types.`,
      );
    if (!isObjectType(found))
      throw new Error(`Subgraph '${module.name}': there are rules for '${type}', which is no type of it.`);
  }

  const middleware = shield(shieldRules(rules) as never, {
    allowExternalErrors: true,
    fallbackRule: denied,
    fallbackError: unlisted(),
  }).generate(schema) as unknown as Record<
    string,
    Record<string, Middleware | { readonly resolve: Middleware }>
  >;

  const resolvers: Record<string, ExecutableSubgraph['resolvers'][string]> = { ...module.resolvers };
  const entities = entitiesOf(schema);
  for (const type of ownObjects(schema)) {
    const wrapped: Record<string, FieldResolver> = {};
    const before = resolversOf(module, type.name);
    for (const field of ownFields(schema, type)) {
      if (ruleOf(rules, type.name, field) === 'open') continue;
      const guard = middleware[type.name]?.[field];
      if (typeof guard !== 'function')
        throw new Error(`Subgraph '${module.name}': no rule was made for ${type.name}.${field}.`);
      const resolve = before[field] ?? defaultFieldResolver;
      wrapped[field] = (parent, args, context, info) => guard(resolve, parent, args, context, info);
    }
    // One without a resolver of its own is answered with the reference as it came.
    if (entities.has(type.name) || before['__resolveReference'])
      wrapped['__resolveReference'] = guardReference(
        before['__resolveReference'] as unknown as ReferenceResolver | undefined,
        entityScopes[type.name] ?? ['admin'],
      ) as unknown as FieldResolver;
    if (Object.keys(wrapped).length > 0) resolvers[type.name] = { ...before, ...wrapped };
  }
  return { ...module, resolvers };
}

type Middleware = (resolve: FieldResolver, ...args: Parameters<FieldResolver>) => unknown;
type ReferenceResolver = (reference: object, context: Context, info: unknown) => unknown;

/** As a promise even where it throws at once: `@apollo/subgraph` would fail all entities of the request for it. */
const guardReference =
  (resolve: ReferenceResolver | undefined, scopes: readonly Scope[]): ReferenceResolver =>
  (reference, context, info) => {
    try {
      const refusal = denial(context.viewer, scopes);
      if (refusal) throw refusal;
      return resolve ? resolve(reference, context, info) : reference;
    } catch (error) {
      return Promise.reject(error);
    }
  };

/**
 * Federation's fields of a subgraph need no rule: its SDL is no secret to callers that may introspect, and its entities
 * are guarded by type. By their exact names, so that a field with an underscore is not left open.
 */
const FEDERATION_FIELDS: ReadonlySet<string> = new Set(['_service', '_entities']);

const ownObjects = (schema: GraphQLSchema): GraphQLObjectType[] =>
  Object.values(schema.getTypeMap())
    .filter(isObjectType)
    .filter(({ name }) => !name.startsWith('__') && name !== '_Service');

const ownFields = (schema: GraphQLSchema, type: GraphQLObjectType): string[] =>
  Object.keys(type.getFields()).filter(
    (field) => type !== schema.getQueryType() || !FEDERATION_FIELDS.has(field),
  );

function entitiesOf(schema: GraphQLSchema): ReadonlySet<string> {
  const union = schema.getType('_Entity');
  return new Set(isUnionType(union) ? union.getTypes().map(({ name }) => name) : []);
}

/** Fields without a rule of their own or of their type: denied, and most likely forgotten. */
export function unruled(module: ExecutableSubgraph, rules: Rules): string[] {
  const schema = buildSubgraph(module);
  return ownObjects(schema).flatMap((type) =>
    ownFields(schema, type)
      .filter((field) => ruleOf(rules, type.name, field) === undefined)
      .map((field) => `${type.name}.${field}`),
  );
}
