import type { GraphQLResolveInfo } from 'graphql';
import { type ExecutableSubgraph, type FieldResolver, resolversOf } from '../../resolvers/subgraph.ts';
import { isPromise } from './origin.ts';

/** Finds the owner's object for one of another module: a value, an error or null, or a promise of them. */
export type FindReference = (value: object, context: object, info: GraphQLResolveInfo) => unknown;
export type References = {
  to(type: string, key: string, from: ExecutableSubgraph, owner: ExecutableSubgraph): FindReference;
  /** Lets go of what was found for a request: it has written since. */
  forget(context: object): void;
};

type ResolveReference = (reference: object, context: object, info: GraphQLResolveInfo) => unknown;

/**
 * Resolves references to entities by their owners' `__resolveReference`, each entity once for a request, or for each
 * mutation of it.
 * An owner without one gets the reference itself as its object, as `@apollo/subgraph` does.
 */
export function createReferences(modules: readonly ExecutableSubgraph[]): References {
  // By owner and type; inside, for as long as its context lives, by key.
  const known = new Map(
    modules.map((module) => [module.name, new Map<string, WeakMap<object, Map<unknown, unknown>>>()]),
  );

  const memoOf = (type: string, owner: ExecutableSubgraph): WeakMap<object, Map<unknown, unknown>> => {
    const byType = known.get(owner.name);
    const memo = byType?.get(type) ?? new WeakMap<object, Map<unknown, unknown>>();
    byType?.set(type, memo);
    return memo;
  };

  const to: References['to'] = (type, key, from, owner) => {
    const requests = memoOf(type, owner);
    const resolve = resolversOf(owner, type)['__resolveReference'] as unknown as ResolveReference | undefined;
    const ownKey = resolversOf(from, type)[key];
    const readKey: FieldResolver = ownKey ?? ((parent) => parent[key]);

    const byKey = (value: unknown, context: object, info: GraphQLResolveInfo): unknown => {
      if (value === null || value === undefined || value instanceof Error) return value;
      let found = requests.get(context);
      if (!found) requests.set(context, (found = new Map()));
      const before = found.get(value);
      if (before !== undefined) return before;
      const reference: Record<string, unknown> = { __typename: type };
      reference[key] = value;
      let entity: unknown;
      try {
        entity = (resolve ? resolve(reference, context, info) : reference) ?? null;
      } catch (error) {
        // Remembered like any other outcome: an owner is not asked again for what it refused.
        entity = error instanceof Error ? error : new Error(String(error));
      }
      found.set(value, entity);
      return entity;
    };

    return (parent, context, info) => {
      const value = readKey(parent, {}, context, info);
      return isPromise(value)
        ? value.then((settled) => byKey(settled, context, info))
        : byKey(value, context, info);
    };
  };
  return {
    to,
    forget(context) {
      for (const byType of known.values()) for (const memo of byType.values()) memo.delete(context);
    },
  };
}
