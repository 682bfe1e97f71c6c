import { unifiedGraphHandler } from '@graphql-hive/router-runtime';
import {
  buildSchema,
  type DocumentNode,
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLSchema,
  print,
} from 'graphql';
import { DomainError } from '../domain/errors.ts';
import type { RequestContext } from '../resolvers/context.ts';
import type { Execute } from './executor.ts';
import { buildSubgraph, type SubgraphModule } from './subgraph.ts';

type SubgraphRequest = {
  readonly document: DocumentNode;
  readonly variables?: Record<string, unknown>;
  readonly operationName?: string;
  readonly context?: unknown;
};

export type RouterOptions = {
  readonly supergraphSdl: string;
  /** Served in this process. */
  readonly modules: readonly SubgraphModule[];
  /** Served elsewhere: absolute address by subgraph name. */
  readonly remotes: Readonly<Record<string, string>>;
};

/**
 * Plans and executes over subgraphs as a federation router does (the MIT runtime of Hive's router): the way
 * where a subgraph is served by another process. The caller's credential and deadline go along; a subgraph
 * that doesn't answer takes its own fields with it and nothing else.
 */
export async function createRouterExecutor(
  options: RouterOptions,
): Promise<{ execute: Execute; schema: GraphQLSchema }> {
  const locals = new Map(options.modules.map((module) => [module.name, buildSubgraph(module)]));

  const onSubgraphExecute = async (subgraph: string, request: SubgraphRequest): Promise<ExecutionResult> => {
    const name = subgraph.toLowerCase();
    const remote = options.remotes[name];
    if (remote !== undefined) return askRemote(name, remote, request);
    const schema = locals.get(name);
    if (!schema)
      throw new Error(`The supergraph names a subgraph '${name}' that is neither local nor remote.`);
    return execute({
      schema,
      document: request.document,
      contextValue: request.context,
      ...(request.variables && { variableValues: request.variables }),
      ...(request.operationName && { operationName: request.operationName }),
    });
  };

  const handler = await unifiedGraphHandler({
    unifiedGraph: buildSchema(options.supergraphSdl, { assumeValid: true, assumeValidSDL: true }),
    getUnifiedGraphSDL: () => options.supergraphSdl,
    onSubgraphExecute: onSubgraphExecute as never,
  });
  const { executor, unifiedGraph } = handler;
  if (!executor) throw new Error('The router runtime gave no executor.');

  return {
    schema: unifiedGraph,
    async execute({ document, operationName, variables = {}, contextValue }) {
      const result = await executor({
        document,
        variables,
        context: contextValue,
        ...(operationName && { operationName }),
      });
      return result as ExecutionResult;
    },
  };
}

/** One subgraph request over HTTP. */
async function askRemote(name: string, url: string, request: SubgraphRequest): Promise<ExecutionResult> {
  const context = request.context as Partial<RequestContext> | undefined;
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        ...(context?.authorization !== undefined && { authorization: context.authorization }),
      },
      body: JSON.stringify({
        query: print(request.document),
        variables: request.variables,
        operationName: request.operationName,
      }),
      signal: context?.signal ?? null,
    });
    const body = (await response.json()) as ExecutionResult;
    if (body.data === undefined && body.errors === undefined) throw new Error(`status ${response.status}`);
    return body;
  } catch (cause) {
    const error = new DomainError(
      'BACKEND_UNAVAILABLE',
      `The subgraph '${name}' does not answer. Try again shortly.`,
      { cause },
    );
    return { errors: [new GraphQLError(error.message, { originalError: error })] };
  }
}
