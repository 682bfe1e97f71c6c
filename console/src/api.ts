import type { Fetcher } from '@graphiql/toolkit';
import type { ExecutionResult } from 'graphql';

/** The caller, as the header shows it. */
export type ViewerState =
  | { readonly kind: 'checking' }
  | {
      readonly kind: 'known';
      readonly tenantId: string;
      readonly tenantName: string;
      readonly scopes: readonly string[];
    }
  /** The API takes the credential, but has no `viewer` to ask for: a subgraph that runs alone. */
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'refused'; readonly message: string; readonly needsToken: boolean };

const VIEWER_QUERY = 'query Viewer { viewer { tenant { id name } scopes } }';

/**
 * Sends GraphiQL's requests with the token. A header typed in GraphiQL's own header editor wins, because it
 * was given for that one request.
 */
export function createFetcher(endpoint: string, token: string): Fetcher {
  return (params, options) => post(endpoint, token, params, options?.headers);
}

/** Asks the API who the token's holder is. Never throws: failures are a state to show. */
export async function fetchViewer(
  endpoint: string,
  token: string,
  signal: AbortSignal,
): Promise<ViewerState> {
  let result: ExecutionResult;
  try {
    result = await post(endpoint, token, { query: VIEWER_QUERY, operationName: 'Viewer' }, undefined, signal);
  } catch (error) {
    return {
      kind: 'refused',
      message: error instanceof Error ? error.message : String(error),
      needsToken: false,
    };
  }
  const viewer = viewerOf(result.data);
  if (viewer) return viewer;
  const error = result.errors?.[0];
  if (!error) return { kind: 'anonymous' };
  if (error.extensions?.reason === 'GRAPHQL_VALIDATION_FAILED') return { kind: 'anonymous' };
  return {
    kind: 'refused',
    message: error.message,
    needsToken: error.extensions?.code === 'UNAUTHENTICATED',
  };
}

async function post(
  endpoint: string,
  token: string,
  params: { readonly query: string; readonly operationName?: string | null; readonly variables?: unknown },
  extraHeaders?: Record<string, unknown>,
  signal?: AbortSignal,
): Promise<ExecutionResult> {
  const headers = new Headers({
    accept: 'application/json',
    'content-type': 'application/json',
    'apollo-require-preflight': 'true',
  });
  if (token !== '') headers.set('authorization', `Bearer ${token}`);
  for (const [name, value] of Object.entries(extraHeaders ?? {})) headers.set(name, String(value));
  const response = await fetch(endpoint, {
    method: 'POST',
    headers,
    body: JSON.stringify(params),
    // The token is the only credential; without cookies there is nothing another site could ride on.
    credentials: 'omit',
    signal: signal ?? null,
  }).catch((cause: unknown) => {
    if (signal?.aborted) throw cause;
    throw new Error('The server does not answer. Is it running?', { cause });
  });
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(
      `The server answered ${response.status} ${response.statusText} and no JSON: ${text.slice(0, 200)}`,
    );
  }
}

function viewerOf(data: unknown): ViewerState | undefined {
  if (!isRecord(data) || !isRecord(data.viewer)) return undefined;
  const { tenant, scopes } = data.viewer;
  if (!isRecord(tenant) || !Array.isArray(scopes)) return undefined;
  return {
    kind: 'known',
    tenantId: String(tenant.id),
    tenantName: String(tenant.name),
    scopes: scopes.map(String),
  };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;
