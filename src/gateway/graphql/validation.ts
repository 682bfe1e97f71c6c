import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  MaxIntrospectionDepthRule,
  NoSchemaIntrospectionCustomRule,
  specifiedRules,
  validate,
} from 'graphql';
import { DomainError } from '../../lib/errors.ts';
import { refuse } from './errors.ts';
import type { LimitedExecutor } from './executor.ts';

/** Characters of a document without a credential; the introspection query has 2,000. */
const ANONYMOUS_CHARACTERS = 8 * 1024;

/** Why a text is too long for a caller without a credential; undefined where it is not. */
export const anonymousExcess = ({ length }: { readonly length: number }): DomainError | undefined =>
  length > ANONYMOUS_CHARACTERS
    ? new DomainError(
        'BAD_USER_INPUT',
        `Without a credential a document may have ${ANONYMOUS_CHARACTERS} characters; this has ${length}. Send a credential.`,
      )
    : undefined;

export type ValidationOptions = {
  readonly schema: GraphQLSchema;
  readonly introspection: boolean;
  readonly executor: LimitedExecutor;
};

export type Submitted = {
  readonly document: DocumentNode;
  readonly source: string | undefined;
  readonly operationName: string | null;
  readonly isAnonymous: boolean;
};

/**
 * Says why a document may not be run; nothing where it may. Limits come before validation, which is the more work the
 * larger the document is. A document that passed is not looked at again.
 */
export function createValidation({ schema, introspection, executor }: ValidationOptions) {
  const passed = new WeakSet<DocumentNode>();
  const rules = [
    ...specifiedRules,
    MaxIntrospectionDepthRule,
    ...(introspection ? [] : [NoSchemaIntrospectionCustomRule]),
  ];
  return ({ document, source = '', operationName, isAnonymous }: Submitted): readonly GraphQLError[] => {
    if (passed.has(document)) return [];
    const refusal =
      (isAnonymous ? anonymousExcess(source) : undefined) ?? executor.excessOf(document, operationName);
    if (refusal) return [refuse(refusal)];
    const errors = validate(schema, document, rules);
    if (errors.length === 0) passed.add(document);
    return errors.map(invalid);
  };
}

/** A fault of the document, as Apollo Server would report it. */
const invalid = (error: GraphQLError): GraphQLError =>
  new GraphQLError(error.message, {
    nodes: error.nodes ?? null,
    source: error.source ?? null,
    positions: error.positions ?? null,
    extensions: { code: 'GRAPHQL_VALIDATION_FAILED', http: { status: 400 } },
  });
