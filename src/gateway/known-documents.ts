import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { type DocumentNode, getOperationAST } from 'graphql';
import { LRUCache } from 'lru-cache';
import { MAX_VERSIONS } from './compiled/compiled-executor.ts';
import { expandedFields, MAX_COMPILED_FIELDS } from './compiled/selections.ts';
import { conditionsOf } from './compiled/specialise.ts';

/** A request body that asks for no more than an operation. */
type PlainBody = {
  readonly query: string;
  readonly operationName?: string | null;
  readonly variables?: Record<string, unknown> | null;
};

export interface KnownDocuments {
  /** Remembers a document that was parsed and validated, and that a tenant may run. */
  set(source: string, document: DocumentNode, tenantId: string): void;
  /** A plain request for an operation of a known text; undefined for everything else, which goes the long way. */
  find(
    method: string,
    headers: IncomingHttpHeaders,
    body: unknown,
  ): { readonly document: DocumentNode; readonly body: PlainBody } | undefined;
  /** The document whose text has this SHA-256, in hexadecimal. */
  findByHash(hash: string): DocumentNode | undefined;
}

type Known = { readonly document: DocumentNode; readonly tenantId: string; readonly hash: string };

/** Memory of a document's syntax tree for each of its tokens, about. */
export const BYTES_PER_TOKEN = 350;
/** Approximate memory of a compiled field, in each version. */
const BYTES_PER_FIELD = 4_096;
/** Memory of a document besides. */
const FIXED_BYTES = 4_096;
/** Of all memory, what one tenant's documents may take. */
const TENANT_SHARE = 0.25;
const PLAIN_KEYS: ReadonlySet<string> = new Set(['query', 'operationName', 'variables']);

/**
 * Documents that were parsed and validated before, and that passed the limits for a tenant. A plain POST of the same
 * text needs none of that again, nor Apollo's request pipeline, which costs as much as a small answer does. Apollo
 * handles other requests (GET, persisted queries, other media types, malformed bodies).
 *
 * A document counts for the tenant that sent it first. A tenant's newest documents evict its own oldest before those of
 * other tenants.
 * @param maxBytes approximate memory of all documents
 */
export function createKnownDocuments(maxBytes: number): KnownDocuments {
  /** By tenant: its texts, oldest first, and their size. */
  const shares = new Map<string, { bytes: number; readonly sizes: Map<string, number> }>();
  const byHash = new Map<string, DocumentNode>();

  const documents = new LRUCache<string, Known>({
    maxSize: maxBytes,
    sizeCalculation: ({ document }, source) => sizeOf(document, source),
    dispose({ tenantId, hash }, source) {
      byHash.delete(hash);
      const share = shares.get(tenantId);
      if (!share) return;
      share.bytes -= share.sizes.get(source) ?? 0;
      share.sizes.delete(source);
      if (share.sizes.size === 0) shares.delete(tenantId);
    },
  });

  return {
    set(source, document, tenantId) {
      if (documents.has(source)) return;
      const size = sizeOf(document, source);
      const most = maxBytes * TENANT_SHARE;
      if (size > most) return;
      const before = shares.get(tenantId);
      for (const oldest of before?.sizes.keys() ?? []) {
        if ((before?.bytes ?? 0) + size <= most) break;
        documents.delete(oldest);
      }
      const share = shares.get(tenantId) ?? { bytes: 0, sizes: new Map<string, number>() };
      shares.set(tenantId, share);
      share.bytes += size;
      share.sizes.set(source, size);
      const hash = createHash('sha256').update(source).digest('hex');
      byHash.set(hash, document);
      documents.set(source, { document, tenantId, hash });
    },
    find(method, headers, body) {
      if (method !== 'POST' || !isPlainJson(headers) || !isPlainBody(body)) return undefined;
      const known = documents.get(body.query);
      return known && operationOf(known.document, body.operationName)
        ? { document: known.document, body }
        : undefined;
    },
    findByHash: (hash) => byHash.get(hash),
  };
}

function compiledBytes(document: DocumentNode): number {
  const fields = expandedFields(document);
  if (fields > MAX_COMPILED_FIELDS) return 0;
  return fields * BYTES_PER_FIELD * (conditionsOf(document).length > 0 ? MAX_VERSIONS : 1);
}

const sizeOf = (document: DocumentNode, source: string): number =>
  FIXED_BYTES + source.length + (document.tokenCount ?? 0) * BYTES_PER_TOKEN + compiledBytes(document);
/** The kind of an operation (`query`, `mutation`, …); undefined when the document has none of that name. */
export const operationOf = (document: DocumentNode, name: string | null | undefined): string | undefined =>
  getOperationAST(document, name)?.operation;

/** Whether a request is JSON for JSON, without media types or encodings to be negotiated. */
export function isPlainJson(headers: IncomingHttpHeaders): boolean {
  const { accept, 'content-type': type } = headers;
  return (
    (accept === undefined || accept === '*/*' || accept === 'application/json') &&
    (type === 'application/json' || type === 'application/json; charset=utf-8')
  );
}

function isPlainBody(body: unknown): body is PlainBody {
  if (typeof body !== 'object' || body === null) return false;
  const { query, operationName, variables } = body as Record<string, unknown>;
  return (
    typeof query === 'string' &&
    (operationName === undefined || operationName === null || typeof operationName === 'string') &&
    (variables === undefined ||
      variables === null ||
      (typeof variables === 'object' && !Array.isArray(variables))) &&
    Object.keys(body).every((key) => PLAIN_KEYS.has(key))
  );
}
