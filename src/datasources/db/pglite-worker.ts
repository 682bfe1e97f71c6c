import { parentPort, workerData } from 'node:worker_threads';
import { PGlite, types } from '@electric-sql/pglite';
import { parseInt8 } from './db.ts';
import type { WorkerRequest, WorkerResponse } from './pglite-calls.ts';

// PGlite blocks its thread while a statement runs; in a worker it doesn't block the server.
const port = parentPort;
if (!port) throw new Error('pglite-worker.ts runs as a worker thread only');
const reply = (response: WorkerResponse): void => port.postMessage(response);

const options = { parsers: { [types.INT8]: parseInt8 } };
const directory: unknown = workerData;
const db = await (typeof directory === 'string' ? PGlite.create(directory, options) : PGlite.create(options));
reply({ id: -1, ready: true });

async function handle(request: WorkerRequest): Promise<WorkerResponse> {
  const { id } = request;
  try {
    if (request.kind === 'exec') {
      await db.exec(request.text);
      return { id, fields: [], rows: [] };
    }
    if (request.kind === 'close') {
      await db.close();
      return { id, fields: [], rows: [] };
    }
    const result = await db.query<unknown[]>(request.text, [...request.values], { rowMode: 'array' });
    return { id, fields: result.fields.map((field) => field.name), rows: result.rows };
  } catch (error) {
    const { code, message } = error as { code?: string; message?: string };
    return { id, error: { code: code ?? 'XX000', message: message ?? 'unknown' } };
  }
}

/** One after the other, in the order they were sent: a transaction doesn't wait for each of its statements. */
let last = Promise.resolve();
port.on('message', (request: WorkerRequest) => {
  last = last.then(async () => reply(await handle(request)));
});
