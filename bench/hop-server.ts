// The least that can stand between a caller and an engine: a plain HTTP server of Node's that makes the calls it is
// given, and says that they are done. No credential, no limits, no GraphQL, and no data in its answer: what any server
// in the API's place takes at least. `bench/cluster.ts` starts it.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { type EngineCall, openEngines } from './engine-calls.ts';

const engines = openEngines(process.argv[2] ?? '');
const server = createServer(async (request, response) => {
  await engines.call((await json(request)) as EngineCall[]);
  response.writeHead(200, { 'content-length': 2, 'content-type': 'application/json' }).end('{}');
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.once('disconnect', () => process.exit());
