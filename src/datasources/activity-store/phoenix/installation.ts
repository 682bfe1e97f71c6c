import type { PhoenixClient } from '../../phoenix/client.ts';
import { tableName } from './schema.ts';

/** Of the one row: rows of HBase need a key. */
const ONLY = 'installation';
/** Phoenix knows no empty text beside null; where ids are derived without a secret, this stands in its place. */
const NONE = '-';

/**
 * Keeps the secret from which ids are derived, unless a secret exists. An installation with rows but without a secret
 * stays without. The first caller decides, in any process. The tables must exist.
 * @returns the kept secret; null for none
 */
export async function keepPhoenixIdSecret(
  client: Pick<PhoenixClient, 'query'>,
  schema: string,
  secret: string,
): Promise<string | null> {
  const table = tableName(schema, 'INSTALLATION');
  const read = async (): Promise<string | undefined> => {
    const text = `SELECT ID_SECRET FROM ${table} WHERE ID = ? LIMIT 1`;
    return (await client.query<{ ID_SECRET: string }>(text, [ONLY])).rows[0]?.ID_SECRET;
  };
  const hasRows = async (name: string): Promise<boolean> =>
    (await client.query(`SELECT TENANT FROM ${tableName(schema, name)} LIMIT 1`, [])).rows.length > 0;
  let kept = await read();
  if (kept === undefined) {
    const isOld = (await hasRows('LEADS')) || (await hasRows('ACTIVITIES'));
    const text = `UPSERT INTO ${table} (ID, ID_SECRET) VALUES (?, ?) ON DUPLICATE KEY IGNORE`;
    await client.query(text, [ONLY, isOld ? NONE : secret]);
    kept = await read();
  }
  return kept === undefined || kept === NONE ? null : kept;
}
