import { type AvaticaValue, openAvatica } from '@journeygraph/avatica';
import { Pool } from 'undici';

/** A call of an engine: a statement to the query server, or a POST of JSON to another one. */
export type EngineCall =
  | { readonly text: string; readonly values: readonly AvaticaValue[] }
  | { readonly origin: string; readonly path: string; readonly body: string };

/**
 * Calls engines with the clients that the API has, and does nothing else.
 * @param pqs address of the query server
 */
export function openEngines(pqs: string): {
  /** One after the other; the answers are read whole. */
  call(calls: readonly EngineCall[]): Promise<void>;
  close(): Promise<void>;
} {
  const avatica = openAvatica({ url: pqs, connections: 16 });
  const pools = new Map<string, Pool>();
  const post = async (origin: string, path: string, body: string): Promise<void> => {
    const pool = pools.get(origin) ?? new Pool(origin, { connections: 32, pipelining: 1 });
    pools.set(origin, pool);
    const headers = { 'content-type': 'application/json' };
    const answer = await pool.request({ path, method: 'POST', headers, body });
    const said = await answer.body.json();
    if (answer.statusCode !== 200)
      throw new Error(`${origin}${path} answered ${answer.statusCode}: ${JSON.stringify(said)}`);
  };
  return {
    async call(calls) {
      for (const call of calls)
        await ('text' in call
          ? avatica.query(call.text, call.values)
          : post(call.origin, call.path, call.body));
    },
    async close() {
      await Promise.all([avatica.close(), ...[...pools.values()].map((pool) => pool.close())]);
    },
  };
}
