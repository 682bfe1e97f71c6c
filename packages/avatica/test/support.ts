import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type AvaticaClient, type AvaticaOptions, openAvatica } from '../src/client.ts';

/** A schema of a test's own; `drop` removes the tables it made through `table`. */
export type TestSchema = {
  readonly client: AvaticaClient;
  /** Creates a table and gives its full name. @param body columns and key */
  table(body: string): Promise<string>;
  drop(): Promise<void>;
};

export async function openSchema(options: AvaticaOptions): Promise<TestSchema> {
  const name = `W${randomBytes(5).toString('hex').toUpperCase()}`;
  const client = openAvatica({ timeoutMs: 240_000, ...options });
  await client.query(`CREATE SCHEMA IF NOT EXISTS ${name}`);
  const tables: string[] = [];
  return {
    client,
    async table(body) {
      const table = `${name}.T${tables.length}`;
      tables.push(table);
      await client.query(`CREATE TABLE ${table} (${body})`);
      return table;
    },
    async drop() {
      for (const table of tables) await client.query(`DROP TABLE IF EXISTS ${table}`);
      await client.query(`DROP SCHEMA ${name}`);
      await client.close();
    },
  };
}

/** Polls until `holds`. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  timeoutMs = 240_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`not in time: ${what}`);
    await sleep(10);
  }
}

/** TCP connections that this process has open, those of servers included. */
export const openSockets = (): number =>
  process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
