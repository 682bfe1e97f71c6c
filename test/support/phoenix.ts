import { randomBytes } from 'node:crypto';
import { migratePhoenix, phoenixTables } from '../../src/datasources/activity-store/phoenix-schema.ts';
import { type AvaticaClient, type AvaticaOptions, openAvatica } from '../../src/wire/avatica/client.ts';
import { engine } from './engines.ts';

/** A schema of a test's own on the run's Phoenix, with a client; `drop` removes the one and closes the other. */
export async function openTestPhoenix(
  options: Partial<AvaticaOptions> = {},
): Promise<{ client: AvaticaClient; schema: string; drop(): Promise<void> }> {
  const schema = `T${randomBytes(5).toString('hex').toUpperCase()}`;
  const client = openAvatica({ url: engine('phoenix'), connections: 4, timeoutMs: 60_000, ...options });
  await migratePhoenix(client, { schema });
  return {
    client,
    schema,
    async drop() {
      await dropPhoenix(client, schema);
      await client.close();
    },
  };
}

/** Removes a schema's tables and the schema. */
export async function dropPhoenix(client: AvaticaClient, schema: string): Promise<void> {
  for (const table of phoenixTables(schema)) await client.query(`DROP TABLE IF EXISTS ${table} CASCADE`);
  await client.query(`DROP SCHEMA IF EXISTS ${schema}`);
}
