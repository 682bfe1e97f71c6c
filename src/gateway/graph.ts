import { readFile } from 'node:fs/promises';
import type { GraphQLSchema } from 'graphql';
import type { Config } from '../config/config.ts';
import { subgraphs } from '../resolvers/all.ts';
import type { ExecutableSubgraph, Subgraph } from '../resolvers/subgraph.ts';
import { createCompiledExecutor } from './compiled/compiled-executor.ts';
import { metered } from './graphql/answer-meter.ts';
import { buildSubgraph } from './graphql/build-subgraph.ts';
import { closeToCallers } from './graphql/entities.ts';
import type { Execute } from './graphql/executor.ts';
import { oneSchema } from './graphql/one-schema.ts';
import { protect } from './graphql/shield.ts';
import { createRouterExecutor } from './router/router-executor.ts';

const entityScopes = ({ entities }: Subgraph) =>
  Object.fromEntries(entities.map(({ kind, references }) => [kind.type, references]));

/** Every subgraph behind its rules: the only way subgraphs are served. */
export const protectedSubgraphs = (): ExecutableSubgraph[] =>
  subgraphs.map((subgraph) => metered(protect(subgraph, subgraph.rules, entityScopes(subgraph))));

/** Points of the fields of the graph that cost more than 1, by `Type.field`. */
export const fieldCosts: Readonly<Record<string, number>> = Object.assign(
  {},
  ...subgraphs.map(({ costs }) => costs),
);

export type Graph = { readonly schema: GraphQLSchema; readonly sdl: string; readonly execute: Execute };

/**
 * The configured graph. It is one compiled schema in this process, or one subgraph for a router elsewhere. Where a
 * subgraph is remote, all of them run through the router runtime.
 */
export async function buildGraph(
  federation: Config['federation'],
  options: { readonly introspection: boolean },
): Promise<Graph> {
  const modules = protectedSubgraphs();
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
  const schema = oneSchema(modules, sdl);
  return { schema, sdl, execute: createCompiledExecutor(schema) };
}
