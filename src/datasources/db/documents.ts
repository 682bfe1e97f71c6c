import type { Queryable } from './db.ts';

/** Something kept whole, with a count of its changes. */
export type Document = { readonly id: string; readonly revision: number };

/**
 * The columns of a table of documents. Bodies are texts, so that every number and every character of them comes back.
 * @param table a fixed name, never a value
 */
export const documentsTable = (table: string): string => `
CREATE TABLE ${table} (
  tenant_id text COLLATE "C" NOT NULL,
  id        text COLLATE "C" NOT NULL,
  revision  int8 NOT NULL,
  body      text NOT NULL,
  PRIMARY KEY (tenant_id, id)
);`;

/**
 * Writes a document as its next revision; revision 1 creates it.
 * @returns false where the stored revision is not the previous revision
 */
export async function putDocument(
  q: Queryable,
  table: string,
  tenantId: string,
  document: Document,
): Promise<boolean> {
  const values = [tenantId, document.id, document.revision, JSON.stringify(document)];
  const written =
    document.revision === 1
      ? await q.query(
          `INSERT INTO ${table} (tenant_id, id, revision, body) VALUES ($1, $2, $3, $4)
           ON CONFLICT DO NOTHING RETURNING id`,
          values,
        )
      : await q.query(
          `UPDATE ${table} SET revision = $3, body = $4
           WHERE tenant_id = $1 AND id = $2 AND revision = $3::int8 - 1 RETURNING id`,
          values,
        );
  return written.length > 0;
}

type Body = { readonly body: string };

/** In input order; null where the tenant has none. */
export async function getDocuments<T extends Document>(
  q: Queryable,
  table: string,
  tenantId: string,
  ids: readonly string[],
): Promise<(T | null)[]> {
  if (ids.length === 0) return [];
  const rows = await q.query<Body>(`SELECT body FROM ${table} WHERE tenant_id = $1 AND id = ANY($2)`, [
    tenantId,
    ids,
  ]);
  const byId = new Map(rows.map(({ body }) => documentFrom<T>(body)).map((found) => [found.id, found]));
  return ids.map((id) => byId.get(id) ?? null);
}

/** All documents of a tenant, by id. */
export async function allDocuments<T extends Document>(
  q: Queryable,
  table: string,
  tenantId: string,
): Promise<T[]> {
  const rows = await q.query<Body>(`SELECT body FROM ${table} WHERE tenant_id = $1 ORDER BY id`, [tenantId]);
  return rows.map(({ body }) => documentFrom<T>(body));
}

export const documentFrom = <T extends Document>(body: string): T => JSON.parse(body) as T;
