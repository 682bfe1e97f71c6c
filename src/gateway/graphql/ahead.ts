import type { GraphQLResolveInfo } from 'graphql';
import { Foreign, isIterable, isPromise } from './origin.ts';
import type { FindReference } from './references.ts';

/**
 * What a field of `module` returned, with each reference in it looked up at once instead of once for each of its
 * fields: the object of the owner takes its place, and its fields are read from that without a wait. One that can't
 * be found stays a reference, whose fields then answer as they would have.
 */
export function lookAhead(
  value: unknown,
  module: string,
  find: FindReference,
  context: object,
  info: GraphQLResolveInfo,
): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Error) return value;
  if (isPromise(value)) return value.then((settled) => lookAhead(settled, module, find, context, info));
  if (isIterable(value)) return Array.from(value, (item) => lookAhead(item, module, find, context, info));
  const found = find(value, context, info);
  if (isPromise(found))
    return found.then(
      (entity) => (isObject(entity) ? entity : new Foreign(module, value)),
      () => new Foreign(module, value),
    );
  return isObject(found) ? found : new Foreign(module, value);
}

const isObject = (entity: unknown): boolean =>
  typeof entity === 'object' && entity !== null && !(entity instanceof Error);
