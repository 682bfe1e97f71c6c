import { readFile } from 'node:fs/promises';
import type { GraphQLSchema } from 'graphql';
import type { Config, SubgraphName } from '../config/config.ts';
import { activitiesModule } from '../resolvers/activities/module.ts';
import { analyticsModule } from '../resolvers/analytics/module.ts';
import { ingestionModule } from '../resolvers/ingestion/module.ts';
import { searchModule } from '../resolvers/search/module.ts';
import type { SubgraphModule } from '../resolvers/subgraph.ts';
import { createCompiledExecutor } from './compiled/compiled-executor.ts';
import { metered } from './graphql/answer-meter.ts';
import { buildSubgraph } from './graphql/build-subgraph.ts';
import { collapse } from './graphql/collapse.ts';
import { closeToCallers } from './graphql/entities.ts';
import type { Execute } from './graphql/executor.ts';
import { entityScopes, rules } from './graphql/rules.ts';
import { protect } from './graphql/shield.ts';
import { createRouterExecutor } from './router/router-executor.ts';

const MODULES: Readonly<Record<SubgraphName, SubgraphModule>> = {
  activities: activitiesModule,
  search: searchModule,
  analytics: analyticsModule,
  ingestion: ingestionModule,
};

/** Every module behind its rules: the only way modules are served. */
export const protectedModules = (): SubgraphModule[] =>
  Object.entries(MODULES).map(([name, module]) =>
    metered(protect(module, rules[name as SubgraphName], entityScopes)),
  );

export type Graph = { readonly schema: GraphQLSchema; readonly sdl: string; readonly execute: Execute };

/**
 * The graph as configured: one compiled schema in this process; one subgraph alone, for a router elsewhere;
 * or, where a subgraph is remote, all of them through the router runtime.
 */
export async function buildGraph(
  federation: Config['federation'],
  options: { readonly introspection: boolean },
): Promise<Graph> {
  const modules = protectedModules();
  const sdl = await readFile(new URL('../../schema/supergraph.graphql', import.meta.url), 'utf8');
  if (federation.only !== undefined) {
    const only = modules.find((module) => module.name === federation.only);
    if (!only) throw new Error(`There is no subgraph '${federation.only}'.`);
    const schema = buildSubgraph(only);
    closeToCallers(schema, options);
    return { schema, sdl, execute: createCompiledExecutor(schema) };
  }
  if (Object.keys(federation.remotes).length > 0) {
    const { schema, execute } = await createRouterExecutor({
      supergraphSdl: sdl,
      modules,
      remotes: federation.remotes,
      secret: federation.secret,
    });
    return { schema, sdl, execute };
  }
  const schema = collapse(modules);
  return { schema, sdl, execute: createCompiledExecutor(schema) };
}
