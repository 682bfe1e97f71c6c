import { parse } from 'graphql';
import type { Scope } from '../../src/domain/scopes.ts';
import type { Tenant } from '../../src/domain/tenant.ts';
import { createCompiledExecutor } from '../../src/gateway/compiled/compiled-executor.ts';
import { protectedSubgraphs } from '../../src/gateway/graph.ts';
import type { RequestContext, Services } from '../../src/resolvers/context.ts';
import { createLoaders } from '../../src/resolvers/loaders.ts';
import { oneSchemaOf } from './one-schema.ts';

const signal = new AbortController().signal;

/** Runs operations on the whole protected graph over these services, each as a request of its own. */
export function openGraph(services: () => Services) {
  const execute = createCompiledExecutor(oneSchemaOf(protectedSubgraphs()));
  return async (
    query: string,
    variables: Record<string, unknown>,
    tenant: Tenant,
    scopes: readonly Scope[],
  ) => {
    const viewer = {
      tenant,
      tenantName: tenant.id,
      scopes: new Set(scopes),
      subject: 'test',
      isPublic: false,
    };
    const contextValue: RequestContext = {
      requestId: 'test',
      viewer,
      signal,
      authorization: undefined,
      loaders: createLoaders(services(), () => viewer, signal),
      services: services(),
    };
    const result = await execute({ document: parse(query), variables, contextValue, operationName: null });
    return {
      data: result.data ? (JSON.parse(JSON.stringify(result.data)) as Record<string, unknown>) : null,
      errors: result.errors ?? [],
    };
  };
}
