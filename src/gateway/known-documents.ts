import type { IncomingHttpHeaders } from 'node:http';
import { type DocumentNode, getOperationAST } from 'graphql';
import { LRUCache } from 'lru-cache';

/** A request body that asks for no more than an operation. */
export type PlainBody = {
  readonly query: string;
  readonly operationName?: string | null;
  readonly variables?: Record<string, unknown> | null;
};

export interface KnownDocuments {
  /** Remembers a document that was parsed and passed validation. */
  set(source: string | undefined, document: DocumentNode): void;
  /** A plain request for an operation of a known text; undefined for everything else, which goes the long way. */
  find(
    method: string,
    headers: IncomingHttpHeaders,
    body: unknown,
  ): { readonly document: DocumentNode; readonly body: PlainBody } | undefined;
}

/** Characters of query text kept in all. */
const MAX_CHARACTERS = 16 * 1024 * 1024;
const PLAIN_KEYS: ReadonlySet<string> = new Set(['query', 'operationName', 'variables']);

/**
 * Documents that Apollo Server has parsed, validated and handed to the executor before. A plain POST of the
 * same text needs none of that again, nor Apollo's request pipeline, which costs as much as a small answer
 * does. Whatever is not plain (GET, persisted queries, other media types, malformed bodies) is Apollo's.
 */
export function createKnownDocuments(): KnownDocuments {
  const documents = new LRUCache<string, DocumentNode>({
    maxSize: MAX_CHARACTERS,
    sizeCalculation: (_document, source) => source.length + 1,
  });
  return {
    set(source, document) {
      if (source !== undefined) documents.set(source, document);
    },
    find(method, headers, body) {
      if (method !== 'POST' || !isPlainJson(headers) || !isPlainBody(body)) return undefined;
      const document = documents.get(body.query);
      return document && operationOf(document, body.operationName) ? { document, body } : undefined;
    },
  };
}

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
