import { type DocumentNode, type ExecutionResult, execute, GraphQLError, type GraphQLSchema } from 'graphql';
import { compileQuery, isCompiledQuery } from 'graphql-jit';
import type { Execute } from './executor.ts';

type Run = (
  context: object,
  variables: Record<string, unknown>,
) => ExecutionResult | Promise<ExecutionResult>;

/**
 * Executes documents as compiled functions (graphql-jit), each compiled once for as long as the server
 * keeps the document. What the compiler refuses is run by graphql-js, with the same answers.
 */
export function createCompiledExecutor(schema: GraphQLSchema): Execute {
  const compiled = new WeakMap<DocumentNode, Map<string, Run>>();

  const compile = (document: DocumentNode, operationName: string): Run => {
    const query = compileQuery(schema, document, operationName, { disablingCapturingStackErrors: true });
    if (isCompiledQuery(query)) return (context, variables) => query.query(undefined, context, variables);
    return (contextValue, variableValues) =>
      execute({ schema, document, contextValue, variableValues, operationName: operationName || null });
  };

  return async ({ document, operationName, variables = {}, contextValue }) => {
    const name = operationName ?? '';
    let byName = compiled.get(document);
    if (!byName) compiled.set(document, (byName = new Map()));
    let run = byName.get(name);
    if (!run) byName.set(name, (run = compile(document, name)));
    const result = await run(contextValue, variables);
    return result.errors ? { ...result, errors: result.errors.map(asGraphqlError) } : result;
  };
}

/** The compiler's errors inherit from GraphQLError but lack `extensions` (0.8.9), on which Apollo Server stumbles. */
function asGraphqlError(error: GraphQLError): GraphQLError {
  const { originalError } = error;
  const rewrapped = new GraphQLError(error.message, {
    path: error.path ?? null,
    originalError: originalError ?? null,
    extensions: originalError instanceof GraphQLError ? originalError.extensions : null,
  });
  // The compiler keeps locations, not the nodes that the constructor would derive them from.
  if (error.locations)
    Object.defineProperty(rewrapped, 'locations', { value: error.locations, enumerable: true });
  return rewrapped;
}
