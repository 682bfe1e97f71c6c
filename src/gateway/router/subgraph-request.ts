import {
  type DocumentNode,
  type ExecutionResult,
  type FieldNode,
  GraphQLError,
  type GraphQLFormattedError,
  Kind,
  print,
  type SelectionSetNode,
} from 'graphql';
import { DomainError } from '../../lib/errors.ts';
import type { RequestContext } from '../../resolvers/context.ts';
import { errorExtensions } from '../graphql/errors.ts';
import { REQUEST_ID } from '../http/request-id.ts';

/** A router's request to one subgraph. */
export type SubgraphRequest = {
  readonly document: DocumentNode;
  readonly variables?: Record<string, unknown>;
  readonly operationName?: string;
  readonly context?: object;
};

/** The header in which a router shows a subgraph the secret that they share. */
export const ROUTER_HEADER = 'router-authorization';

/** A subgraph that another process serves. */
export type RemoteSubgraph = {
  readonly name: string;
  readonly url: string;
  readonly secret: string | undefined;
};

/**
 * Asks a subgraph over HTTP, with the caller's credential, the router's secret, and until the caller's deadline.
 * @returns its answer; `BACKEND_UNAVAILABLE` where there is none
 */
export async function askRemote(
  { name, url, secret }: RemoteSubgraph,
  request: SubgraphRequest,
): Promise<ExecutionResult> {
  const { authorization, requestId, signal, meter } = (request.context ?? {}) as Partial<RequestContext>;
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/graphql-response+json, application/json',
        ...(authorization !== undefined && { authorization }),
        // One id for what both log of it.
        ...(requestId !== undefined && { [REQUEST_ID]: requestId }),
        ...(secret !== undefined && { [ROUTER_HEADER]: secret }),
      },
      body: JSON.stringify({
        query: print(request.document),
        variables: request.variables,
        operationName: request.operationName,
      }),
      signal: signal ?? null,
    });
    const body = (await readBounded(response)) as ExecutionResult;
    if (body.data === undefined && !body.errors?.length) throw new Error(`status ${response.status}`);
    // It came as JSON, and all of it is held until the caller is answered: it counts as JSON does.
    meter?.add(body.data);
    return body;
  } catch (cause) {
    // The deadline aborts with an error of ours.
    const error =
      cause instanceof DomainError
        ? cause
        : new DomainError(
            'BACKEND_UNAVAILABLE',
            `The subgraph '${name}' does not answer. Try again shortly.`,
            { cause },
          );
    return {
      errors: [new GraphQLError(error.message, { originalError: error, extensions: errorExtensions(error) })],
    };
  }
}

/** Bytes of one subgraph's answer. Ours bound theirs to less. */
const MAX_REMOTE_BYTES = 64 * 1024 * 1024;

/** A body as JSON. @throws Error as soon as it is larger than any answer may be */
async function readBounded(response: Response): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_REMOTE_BYTES) throw new Error(`its answer is larger than ${MAX_REMOTE_BYTES} bytes`);
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString('utf8'));
}

/**
 * The answer as the router runtime (1.4.23) needs it. A request that failed as a whole failed for each of its fields:
 * the runtime would put its error at the first field. A null entity makes its reference null, as in one schema; the
 * runtime would leave the reference without those fields.
 */
export function placeAnswer(result: ExecutionResult, request: SubgraphRequest): ExecutionResult {
  const roots = request.document.definitions.flatMap((definition) =>
    definition.kind === Kind.OPERATION_DEFINITION ? fieldsOf(request, definition.selectionSet) : [],
  );
  const data = withoutGone(result, roots);
  if (!result.errors?.length) return { ...result, ...(data && { data }) };
  const placed: GraphQLError[] = [];
  for (const error of result.errors) {
    const [at, ...rest] = error.path ?? [];
    const asked = roots.filter((root) => at === undefined || keyOf(root) === at);
    const paths = rest.length > 0 ? [error.path ?? []] : asked.flatMap((root) => pathsBelow(request, root));
    // A request that did not run: its variables were not what the subgraph's scalars take.
    const reason = at === undefined && result.data === undefined ? requestError(error) : error;
    for (const path of paths) placed.push(asError(reason, path));
  }
  return { ...result, ...(data && { data }), errors: placed };
}

/** A type that no supergraph has. The runtime answers an object of it with null. */
const GONE = { __typename: '_Gone' };

/**
 * The data with an object that is answered with null in place of each entity that is null. An entity whose own field
 * failed stays: completing the answer makes it null, with the error of that field.
 */
function withoutGone(
  { data, errors = [] }: ExecutionResult,
  roots: readonly FieldNode[],
): ExecutionResult['data'] {
  if (!data) return data;
  const failed = new Set(
    errors.flatMap(({ path = [] }) => (path.length > 2 ? [pathKey(path.slice(0, 2))] : [])),
  );
  const changed: Record<string, unknown> = {};
  for (const root of roots) {
    const key = keyOf(root);
    const entities = root.name.value === '_entities' ? data[key] : undefined;
    if (Array.isArray(entities) && entities.includes(null))
      changed[key] = entities.map((entity, at) => entity ?? (failed.has(pathKey([key, at])) ? null : GONE));
  }
  return { ...data, ...changed };
}

type Path = readonly (string | number)[];

/** The places that fail with a root field: the field, or each field of each of its entities. */
function pathsBelow(request: SubgraphRequest, root: FieldNode): Path[] {
  if (root.name.value !== '_entities' || !root.selectionSet) return [[keyOf(root)]];
  const argument = root.arguments?.find(({ name }) => name.value === 'representations')?.value;
  const variable = argument?.kind === Kind.VARIABLE ? argument.name.value : 'representations';
  const representations = (request.variables?.[variable] ?? []) as readonly { readonly __typename: string }[];
  return representations.flatMap(({ __typename }, at) =>
    fieldsOf(request, root.selectionSet, __typename).map((field) => [keyOf(root), at, keyOf(field)]),
  );
}

/** The fields asked of an object, those of its fragments too; of this type where one is given. */
function fieldsOf(request: SubgraphRequest, set: SelectionSetNode | undefined, type?: string): FieldNode[] {
  const fields: FieldNode[] = [];
  for (const selection of set?.selections ?? []) {
    if (selection.kind === Kind.FIELD) {
      if (selection.name.value !== '__typename') fields.push(selection);
      continue;
    }
    const fragment =
      selection.kind === Kind.INLINE_FRAGMENT
        ? selection
        : request.document.definitions.find(
            (definition) =>
              definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === selection.name.value,
          );
    if (fragment?.kind !== Kind.INLINE_FRAGMENT && fragment?.kind !== Kind.FRAGMENT_DEFINITION) continue;
    const condition = fragment.typeCondition?.name.value;
    if (type === undefined || condition === undefined || condition === type)
      fields.push(...fieldsOf(request, fragment.selectionSet, type));
  }
  return fields;
}

const keyOf = (field: FieldNode): string => field.alias?.value ?? field.name.value;
const pathKey = (path: Path): string => path.join('\n');

const requestError = (error: GraphQLError): GraphQLFormattedError =>
  error.extensions?.['code'] === undefined
    ? { message: error.message, extensions: { code: 'BAD_USER_INPUT', retryable: false } }
    : error;

/** A remote subgraph's errors are plain JSON; locations are of its own request. */
const asError = (error: GraphQLError | GraphQLFormattedError, path: Path): GraphQLError =>
  new GraphQLError(error.message, {
    path,
    originalError: error instanceof GraphQLError ? (error.originalError ?? null) : null,
    extensions: error.extensions ?? null,
  });
