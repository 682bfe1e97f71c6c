import { byText } from '../../persons.ts';
import type { Scope } from '../scope.ts';
import { changeVersioned, IS_THERE, readVersioned, type VersionedRows } from './versioned.ts';

/** A document with an id, and a revision that counts its changes from 1. */
type Revised = { readonly id: string; readonly revision: number };

const rowsOf = (table: string): VersionedRows => ({ table, key: 'ID' });
const documentFrom = <T>(body: string | null | undefined): T | null =>
  body === null || body === undefined ? null : (JSON.parse(body) as T);

/** Writes a document as its next revision. @returns false where the stored revision is not the previous one */
export async function putDocument(scope: Scope, table: string, document: Revised): Promise<boolean> {
  const { id, revision } = document;
  const before = (await readVersioned(scope, rowsOf(table), [id])).get(id);
  if ((documentFrom<Revised>(before?.body)?.revision ?? 0) !== revision - 1) return false;
  const change = { key: id, before, body: JSON.stringify(document) };
  return (await changeVersioned(scope, rowsOf(table), [change])).has(id);
}

/** Removes a document. @returns false where the stored revision is another */
export async function removeDocument(
  scope: Scope,
  table: string,
  { id, revision }: Revised,
): Promise<boolean> {
  const before = (await readVersioned(scope, rowsOf(table), [id])).get(id);
  if (documentFrom<Revised>(before?.body)?.revision !== revision) return false;
  return (await changeVersioned(scope, rowsOf(table), [{ key: id, before, body: null }])).has(id);
}

/** In input order; null where there is none. */
export async function getDocuments<T>(
  scope: Scope,
  table: string,
  ids: readonly string[],
): Promise<(T | null)[]> {
  if (ids.length === 0) return [];
  const found = await readVersioned(scope, rowsOf(table), ids);
  return ids.map((id) => documentFrom<T>(found.get(id)?.body));
}

/** All documents of the tenant, by id. @param limit more than there can be */
export async function allDocuments<T>(scope: Scope, table: string, limit: number): Promise<T[]> {
  const rows = await scope.select<{ readonly ID: string; readonly BODY: string }>({
    from: table,
    columns: 'ID, BODY',
    where: IS_THERE,
    orderBy: 'ID',
    limit,
  });
  return rows.sort((a, b) => byText(a.ID, b.ID)).flatMap(({ BODY }) => documentFrom<T>(BODY) ?? []);
}
