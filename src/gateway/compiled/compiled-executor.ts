import {
  type DocumentNode,
  type ExecutionResult,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  execute as interpret,
  Kind,
  type OperationDefinitionNode,
  visit,
} from 'graphql';
import { compileQuery, isCompiledQuery } from 'graphql-jit';
import type { Execute } from '../graphql/executor.ts';
import { compilerSchema, PASSED } from './compiler-schema.ts';
import { expandedFields, MAX_COMPILED_FIELDS } from './selections.ts';
import { conditionsKey, conditionsOf, type Specialised, specialise } from './specialise.ts';

export type CompiledExecutorOptions = {
  /** An operation is compiled when it is run this many times: to compile costs as much as dozens of runs. */
  readonly compileAtRun?: number;
};

type Variables = Readonly<Record<string, unknown>>;
/** Undefined: not by the compiler. */
type Run = (context: object, coerced: Variables) => ExecutionResult | Promise<ExecutionResult> | undefined;
/** The compiled versions of one operation of a document, by the values of its conditions. */
type Prepared = {
  readonly operation: OperationDefinitionNode;
  readonly conditions: readonly string[];
  readonly versions: Map<string, Run | undefined>;
  runs: number;
};

/** More values of conditions than these are interpreted: a caller could ask for 2ⁿ versions of one document. */
export const MAX_VERSIONS = 4;
/** As many faults of variables as graphql-js reports. */
const MAX_ERRORS = 50;

/**
 * Executes documents as compiled functions (graphql-jit), each compiled once for as long as the server keeps the
 * document. graphql-js handles variables, literals and conditions, and everything that the compiler refuses or does
 * differently (introspection, several mutations in order). The answers are the same.
 *
 * Fields without a resolver are read as plain properties: no methods and no promises. `__resolveType` and `__isTypeOf`
 * answer at once, without a promise.
 */
export function createCompiledExecutor(
  schema: GraphQLSchema,
  options: CompiledExecutorOptions = {},
): Execute {
  const { compileAtRun = 2 } = options;
  const operations = new WeakMap<DocumentNode, Map<string, Prepared | undefined>>();
  const compiling = compilerSchema(schema);

  const preparedOf = (document: DocumentNode, operationName: string): Prepared | undefined => {
    let byName = operations.get(document);
    if (!byName) operations.set(document, (byName = new Map()));
    if (byName.has(operationName)) return byName.get(operationName);
    const operation = getOperationAST(document, operationName || null);
    // Only names of operations in the document are kept: others are a caller's invention without end.
    if (!operation) return undefined;
    const prepared =
      isCompilable(document, operation) && expandedFields(document) <= MAX_COMPILED_FIELDS
        ? { operation, conditions: conditionsOf(document), versions: new Map(), runs: 0 }
        : undefined;
    byName.set(operationName, prepared);
    return prepared;
  };

  const compile = (
    document: DocumentNode,
    operation: OperationDefinitionNode,
    coerced: Variables,
  ): Run | undefined => {
    const specialised = specialise(schema, document, operation, coerced, PASSED);
    const query = compileQuery(compiling, specialised.document, operation.name?.value ?? '', {
      disablingCapturingStackErrors: true,
    });
    return isCompiledQuery(query) ? runOf(query.query, specialised) : undefined;
  };

  const versionOf = (document: DocumentNode, prepared: Prepared, coerced: Variables): Run | undefined => {
    const { operation, conditions, versions } = prepared;
    const key = conditionsKey(conditions, coerced);
    // Of a condition that is null, graphql-js says what is wrong with it.
    if (key === undefined) return undefined;
    if (versions.has(key)) return versions.get(key);
    if (++prepared.runs < compileAtRun || versions.size >= MAX_VERSIONS) return undefined;
    const run = compile(document, operation, coerced);
    versions.set(key, run);
    return run;
  };

  return async ({ document, operationName, variables = {}, contextValue }) => {
    const prepared = preparedOf(document, operationName ?? '');
    if (prepared) {
      const { variableDefinitions } = prepared.operation;
      const values = variableDefinitions?.length
        ? getVariableValues(schema, variableDefinitions, variables, { maxErrors: MAX_ERRORS })
        : { coerced: {} };
      if (values.errors) return { errors: values.errors };
      const result = await versionOf(document, prepared, values.coerced)?.(contextValue, values.coerced);
      if (result?.errors) return { ...result, errors: result.errors.map(asGraphqlError) };
      if (result) return result;
    }
    return interpret({
      schema,
      document,
      contextValue,
      variableValues: variables,
      operationName: operationName || null,
    });
  };
}

type Query = (
  root: unknown,
  context: object,
  variables: Variables,
) => ExecutionResult | Promise<ExecutionResult>;

const runOf =
  (query: Query, specialised: Specialised): Run =>
  (context, coerced) => {
    const values = specialised.variables(coerced);
    return values && query(undefined, context, values);
  };

/**
 * Guards against two faults of the compiler (0.8.9). It runs several mutations side by side, and continues after a
 * mutation that fails as a whole. It would also answer introspection from its own schema, with its guards and scalars.
 */
function isCompilable(document: DocumentNode, { operation, selectionSet }: OperationDefinitionNode): boolean {
  if (operation === 'subscription') return false;
  const [only, ...more] = selectionSet.selections;
  if (operation === 'mutation' && (only?.kind !== Kind.FIELD || more.length > 0)) return false;
  let introspects = false;
  visit(document, {
    Field(field) {
      introspects ||= field.name.value === '__schema' || field.name.value === '__type';
    },
  });
  return !introspects;
}

/** A guard: the compiler's errors (0.8.9) inherit from GraphQLError but lack `extensions`, which Apollo Server reads. */
function asGraphqlError(error: GraphQLError): GraphQLError {
  const rewrapped = new GraphQLError(error.message, {
    path: error.path ?? null,
    originalError: error.originalError ?? null,
  });
  // The compiler keeps locations, not the nodes that the constructor would derive them from.
  if (error.locations)
    Object.defineProperty(rewrapped, 'locations', { value: error.locations, enumerable: true });
  return rewrapped;
}
