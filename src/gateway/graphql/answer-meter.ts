import { defaultFieldResolver, type GraphQLSchema, getNamedType, isObjectType, isScalarType } from 'graphql';
import { roughBytesOf, VALUE_BYTES, valuesIn } from '../../domain/json.ts';
import { DomainError } from '../../lib/errors.ts';
import { inTurn } from '../../lib/turns.ts';
import { type ExecutableSubgraph, type FieldResolver, resolversOf } from '../../resolvers/subgraph.ts';
import { JSON_SCALARS } from '../limits/analysis.ts';
import { answersBusy, type Lease } from '../limits/answer-memory.ts';
import { buildSubgraph } from './build-subgraph.ts';

/** Counts the JSON of one answer while it is made. */
export type AnswerMeter = {
  /** Bytes of JSON values so far, roughly. */
  readonly bytes: number;
  /** Why the answer will not be given; undefined while it may be. */
  readonly excess: DomainError | undefined;
  /** @throws DomainError once the answer has more than its limit */
  add(value: unknown): void;
};

/** The error for an answer that would be too large. */
export const answerTooLarge = (limit: number): DomainError =>
  new DomainError(
    'BAD_USER_INPUT',
    `The answer is larger than ${limit} bytes. Ask for smaller pages ('first'), or for fewer fields: JSON fields are the largest.`,
  );

const tooManyValues = (most: number): DomainError =>
  new DomainError(
    'BAD_USER_INPUT',
    `The JSON fields of the answer hold more than ${most} values. Ask for smaller pages ('first'), or for fewer JSON fields.`,
  );

/**
 * @param limit bytes of all JSON values of the answer; it may hold a value for each `VALUE_BYTES` of them
 * @param lease the memory of the answer; it grows where many small values take more than their text
 */
export function createAnswerMeter(limit: number, lease?: Pick<Lease, 'growTo'>): AnswerMeter {
  const mostValues = Math.floor(limit / VALUE_BYTES);
  let bytes = 0;
  let values = 0;
  let excess: DomainError | undefined;

  const measure = (value: unknown): void => {
    bytes += roughBytesOf(value);
    values += valuesIn(value);
    if (bytes > limit) excess = answerTooLarge(limit);
    else if (values > mostValues) excess = tooManyValues(mostValues);
    else if (lease && !lease.growTo(bytes + values * VALUE_BYTES)) excess = answersBusy();
  };
  return {
    get bytes() {
      return bytes;
    },
    get excess() {
      return excess;
    },
    add(value) {
      if (!excess && typeof value === 'object' && value !== null) measure(value);
      if (excess) throw excess;
    },
  };
}

type MeteredContext = { readonly meter?: AnswerMeter };

/**
 * The module with a meter on each field whose value is JSON, wherever it is served. Past the limit a field isn't even
 * resolved: nothing is masked or copied for an answer that will not be given.
 */
export function metered(module: ExecutableSubgraph): ExecutableSubgraph {
  const resolvers: Record<string, ExecutableSubgraph['resolvers'][string]> = { ...module.resolvers };
  for (const [type, fields] of jsonFields(buildSubgraph(module))) {
    const before = resolversOf(module, type);
    const wrapped: Record<string, FieldResolver> = {};
    for (const field of fields) wrapped[field] = meter(before[field] ?? defaultFieldResolver);
    resolvers[type] = { ...before, ...wrapped };
  }
  return { ...module, resolvers };
}

const meter =
  (resolve: FieldResolver): FieldResolver =>
  (parent, args, context: MeteredContext, info) => {
    const { meter: own } = context;
    if (!own) return resolve(parent, args, context, info);
    const add = (value: unknown): unknown => {
      own.add(value);
      return value;
    };
    return inTurn(() => {
      own.add(null);
      const value = resolve(parent, args, context, info);
      return value instanceof Promise ? value.then(add) : add(value);
    });
  };

function jsonFields(schema: GraphQLSchema): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('_')) continue;
    const fields = Object.values(type.getFields()).filter((field) => {
      const named = getNamedType(field.type);
      return isScalarType(named) && JSON_SCALARS.has(named.name);
    });
    if (fields.length > 0)
      found.set(
        type.name,
        fields.map(({ name }) => name),
      );
  }
  return found;
}
