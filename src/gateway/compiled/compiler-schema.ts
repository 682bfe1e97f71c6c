import { MapperKind, mapSchema } from '@graphql-tools/utils';
import {
  defaultTypeResolver,
  type GraphQLAbstractType,
  GraphQLInterfaceType,
  type GraphQLIsTypeOfFn,
  GraphQLObjectType,
  type GraphQLResolveInfo,
  GraphQLScalarType,
  GraphQLSchema,
  GraphQLUnionType,
  getNullableType,
  isListType,
} from 'graphql';
import { isPromise } from '../../lib/promises.ts';

/** A scalar that passes values as they are: of variables that were coerced already. */
export const PASSED = '_Passed';

/**
 * The schema as the compiler (graphql-jit 0.8.9) needs it. Each guard is for one of its faults, and makes of it the
 * answer of graphql-js:
 *
 * - A `resolveType` that throws leaves the request without an answer, and the process with an unhandled rejection. A
 *   promise of a type is not awaited (`guardedTypeResolver`).
 * - An `isTypeOf` that throws does the same (`guardedTypeCheck`).
 * - An item of a list that rejects shifts the items behind it (`settleItems`).
 */
export function compilerSchema(schema: GraphQLSchema): GraphQLSchema {
  const guarded = mapSchema(schema, {
    [MapperKind.INTERFACE_TYPE]: (type) =>
      new GraphQLInterfaceType({ ...type.toConfig(), resolveType: guardedTypeResolver(type) }),
    [MapperKind.UNION_TYPE]: (type) =>
      new GraphQLUnionType({ ...type.toConfig(), resolveType: guardedTypeResolver(type) }),
    [MapperKind.OBJECT_TYPE]: (type) =>
      type.isTypeOf
        ? new GraphQLObjectType({ ...type.toConfig(), isTypeOf: guardedTypeCheck(type.isTypeOf) })
        : undefined,
    [MapperKind.OBJECT_FIELD]: (field) => {
      const { resolve } = field;
      if (!resolve || !isListType(getNullableType(field.type))) return undefined;
      return {
        ...field,
        resolve: (parent, args, context, info) => settleItems(resolve(parent, args, context, info)),
      };
    },
  });
  const config = guarded.toConfig();
  return new GraphQLSchema({ ...config, types: [...config.types, new GraphQLScalarType({ name: PASSED })] });
}

/** A type that doesn't exist; the compiler reports its name with the fault. */
function noType(reason: unknown): string {
  const name = `(${reason instanceof Error ? reason.message : String(reason)})`;
  return { name, toString: () => name } as unknown as string;
}

const guardedTypeCheck =
  (isTypeOf: GraphQLIsTypeOfFn<unknown, unknown>): GraphQLIsTypeOfFn<unknown, unknown> =>
  (value, context, info) => {
    try {
      return isTypeOf(value, context, info);
    } catch {
      return false;
    }
  };

function guardedTypeResolver(type: GraphQLAbstractType) {
  const resolveType = type.resolveType ?? defaultTypeResolver;
  return (value: unknown, context: unknown, info: GraphQLResolveInfo): string | undefined => {
    try {
      const found = resolveType(value, context, info, type);
      return isPromise(found) ? noType('a promise of a type') : (found as string | undefined);
    } catch (error) {
      return noType(error);
    }
  };
}

/** A list whose items are there, each a value or the error it was rejected with. */
function settleItems(value: unknown): unknown {
  if (isPromise(value)) return value.then(settleItems);
  if (!Array.isArray(value) || !value.some((item) => isPromise(item) || Array.isArray(item))) return value;
  const items = value.map((item) => (isPromise(item) ? item.then(settleItems, asError) : settleItems(item)));
  return items.some(isPromise) ? Promise.all(items) : items;
}

const asError = (reason: unknown): Error => (reason instanceof Error ? reason : new Error(String(reason)));
