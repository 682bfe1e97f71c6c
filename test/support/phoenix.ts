import { randomBytes } from 'node:crypto';
import type { AvaticaOptions } from '@journeygraph/avatica';
import { createPhoenixStore } from '../../src/datasources/activity-store/phoenix/adapter.ts';
import { createPhoenixClaims } from '../../src/datasources/activity-store/phoenix/claims.ts';
import { migratePhoenix, phoenixTables } from '../../src/datasources/activity-store/phoenix/schema.ts';
import type { PhoenixStoreOptions } from '../../src/datasources/activity-store/phoenix/scope.ts';
import type { ActivityStore } from '../../src/datasources/activity-store/port.ts';
import type { PersonalData } from '../../src/datasources/personal-data.ts';
import { openPhoenix, type PhoenixClient } from '../../src/datasources/phoenix/client.ts';
import { engine } from './engines.ts';
import { settledStore } from './settled-store.ts';

type Phoenix = ReturnType<typeof openPhoenix>;

/** Phoenix as a store whose writes are settled when they return. */
export const settledPhoenix = (
  client: PhoenixClient,
  options: PhoenixStoreOptions,
): ActivityStore & PersonalData =>
  settledStore(createPhoenixStore(client, options), createPhoenixClaims(client, options));

/** A schema of a test's own on the run's Phoenix, with a client; `drop` removes the one and closes the other, `another` is as another process. */
export async function openTestPhoenix(
  options: Partial<AvaticaOptions> = {},
): Promise<{ client: Phoenix; schema: string; another(): Phoenix; drop(): Promise<void> }> {
  const schema = `T${randomBytes(5).toString('hex').toUpperCase()}`;
  const another = (): Phoenix =>
    openPhoenix({ url: engine('phoenix'), connections: 4, timeoutMs: 240_000, ...options });
  const client = another();
  await migratePhoenix(client, { schema });
  return {
    client,
    schema,
    another,
    async drop() {
      await dropPhoenix(client, schema);
      await client.close();
    },
  };
}

/** Removes a schema's tables and the schema. */
export async function dropPhoenix(client: PhoenixClient, schema: string): Promise<void> {
  await Promise.all(
    phoenixTables(schema).map((table) => client.query(`DROP TABLE IF EXISTS ${table} CASCADE`)),
  );
  await client.query(`DROP SCHEMA IF EXISTS ${schema}`);
}
