import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHandler } from 'graphql-http/lib/use/http';
import { buildSubgraph } from '../../src/gateway/graphql/build-subgraph.ts';
import { formatError } from '../../src/gateway/graphql/errors.ts';
import type { ExecutableSubgraph } from '../../src/resolvers/subgraph.ts';
import { fixtureContext } from './fixture-data.ts';

export type SubgraphServer = { readonly url: string; close(): Promise<void> };

/** Serves one fixture subgraph over HTTP on this machine, with errors as our servers write them. */
export async function serveSubgraph(module: ExecutableSubgraph): Promise<SubgraphServer> {
  const handler = createHandler({
    schema: buildSubgraph(module),
    context: ({ raw }) => fixtureContext(raw.headers.authorization) as never,
    formatError: (error) => formatError('toJSON' in error ? error.toJSON() : error, error, () => {}) as never,
  });
  const server = createServer((request, response) => void handler(request, response));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

/** An address at which nothing listens. */
export async function deadAddress(): Promise<string> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return `http://127.0.0.1:${port}/`;
}
