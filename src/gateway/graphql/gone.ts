import { type ExecutionResult, type GraphQLResolveInfo, isNonNullType } from 'graphql';

/** A field that can't be null was asked of a reference whose owner found nothing. */
class Gone extends Error {
  constructor({ parentType, fieldName }: GraphQLResolveInfo) {
    super(`${parentType.name}.${fieldName} was asked of a reference to something that is not there.`);
    this.name = 'Gone';
  }
}

/** What a field of a reference is whose owner found nothing: null, or the reference is. */
export function ofGone(info: GraphQLResolveInfo): null {
  if (isNonNullType(info.returnType)) throw new Gone(info);
  return null;
}

/**
 * The result without the errors of references that became null because their owners found nothing: that null is
 * the answer. Where the schema lets no null be in the reference's place, the error stays.
 */
export function withoutGone(result: ExecutionResult): ExecutionResult {
  const { errors, ...rest } = result;
  const left = errors?.filter(
    ({ originalError, path = [] }) =>
      !(originalError instanceof Gone && path.length > 1 && isNullAt(rest.data, path.slice(0, -1))),
  );
  if (left?.length === errors?.length) return result;
  return left?.length ? { ...rest, errors: left } : rest;
}

const isNullAt = (data: unknown, path: readonly (string | number)[]): boolean =>
  path.reduce((value, key) => (value as Record<string | number, unknown> | null | undefined)?.[key], data) ===
  null;
