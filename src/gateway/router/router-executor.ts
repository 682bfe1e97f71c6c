import { unifiedGraphHandler } from '@graphql-hive/router-runtime';
import { MapperKind, mapSchema } from '@graphql-tools/utils';
import {
  buildSchema,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLError,
  type GraphQLSchema,
  getNullableType,
  getOperationAST,
  getVariableValues,
  isNonNullType,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
} from 'graphql';
import type { ExecutableSubgraph } from '../../resolvers/subgraph.ts';
import { createCompiledExecutor } from '../compiled/compiled-executor.ts';
import { conditionsKey, conditionsOf } from '../compiled/specialise.ts';
import { buildSubgraph } from '../graphql/build-subgraph.ts';
import type { Execute } from '../graphql/executor.ts';
import { withKnownLocations } from '../graphql/introspection.ts';
import { completeRouted } from './complete-routed.ts';
import { routedDocument } from './routed-document.ts';
import { askRemote, placeAnswer, type SubgraphRequest } from './subgraph-request.ts';

/** Of one operation: what the runtime is given, by the values of its conditions. */
type Routed = {
  readonly conditions: readonly string[];
  readonly versions: Map<string, readonly DocumentNode[]>;
};
/** Further versions are planned each time: a caller could ask for 2ⁿ versions of one document. */
const MAX_VERSIONS = 16;

export type RouterOptions = {
  readonly supergraphSdl: string;
  /** Served in this process. */
  readonly modules: readonly ExecutableSubgraph[];
  /** Served elsewhere: absolute address by subgraph name. */
  readonly remotes: Readonly<Record<string, string>>;
  /** The secret by which remote subgraphs recognise this router. */
  readonly secret?: string | undefined;
};

/**
 * Plans and executes over subgraphs like a federation router, with the MIT runtime of Hive's router. It is used where
 * another process serves a subgraph. The caller's credential and deadline are forwarded. A subgraph that doesn't answer
 * fails only its own fields.
 *
 * graphql-js completes the runtime's result, so that nulls, errors and introspection equal those of the one schema.
 */
export async function createRouterExecutor(
  options: RouterOptions,
): Promise<{ execute: Execute; schema: GraphQLSchema }> {
  const onSubgraphExecute = createSubgraphCaller(options);
  const supergraph = buildSchema(options.supergraphSdl, { assumeValid: true, assumeValidSDL: true });
  const handlerOf = (unifiedGraph: GraphQLSchema) =>
    unifiedGraphHandler({
      unifiedGraph,
      getUnifiedGraphSDL: () => options.supergraphSdl,
      onSubgraphExecute: onSubgraphExecute as never,
    });
  const schema = withKnownLocations((await handlerOf(supergraph)).unifiedGraph);
  // The runtime drops an object that lacks a non-null field, and says nothing; so it is left to completing.
  const { executor } = await handlerOf(withNullableFields(supergraph));
  if (!executor) throw new Error('The router runtime gave no executor.');

  // The runtime keeps plans by document, so what it is given lives as long as the caller's document does.
  const routed = new WeakMap<OperationDefinitionNode, Routed>();
  const routedOf = (
    document: DocumentNode,
    operation: OperationDefinitionNode,
    coerced: Record<string, unknown>,
  ): readonly DocumentNode[] => {
    const { conditions, versions } = routed.get(operation) ?? {
      conditions: conditionsOf(document),
      versions: new Map<string, readonly DocumentNode[]>(),
    };
    routed.set(operation, { conditions, versions });
    const key = conditionsKey(conditions, coerced);
    const known = key === undefined ? undefined : versions.get(key);
    if (known) return known;
    const made = inOrder(routedDocument(schema, document, operation, coerced));
    if (key !== undefined && versions.size < MAX_VERSIONS) versions.set(key, made);
    return made;
  };

  return {
    schema,
    async execute({ document, operationName, variables = {}, contextValue }) {
      const operation = getOperationAST(document, operationName);
      const coerced = getVariableValues(schema, operation?.variableDefinitions ?? [], variables).coerced;
      // Without an operation, or with variables that are none, completing says what is wrong.
      const asked = operation && coerced ? routedOf(document, operation, coerced) : [];
      const result = await runAll(schema, asked, (one) =>
        executor({
          document: one,
          variables,
          context: contextValue,
          ...(operationName && { operationName }),
        }),
      );
      return completeRouted(schema, { document, operationName, variables, contextValue }, result);
    },
  };
}

type CallSubgraph = (subgraph: string, request: SubgraphRequest) => Promise<ExecutionResult>;

/** Executes a request of the runtime in this process, or asks the server that provides the subgraph. */
function createSubgraphCaller(options: RouterOptions): CallSubgraph {
  const locals = new Map(
    options.modules.map((module) => [module.name, createCompiledExecutor(buildSubgraph(module))]),
  );

  return async (subgraph, request) => {
    const name = subgraph.toLowerCase();
    const remote = options.remotes[name];
    const local = locals.get(name);
    if (remote === undefined && !local)
      throw new Error(`The supergraph names a subgraph '${name}' that is neither local nor remote.`);
    const result =
      remote === undefined && local
        ? await local({
            document: request.document,
            contextValue: request.context ?? {},
            ...(request.variables && { variables: request.variables }),
            ...(request.operationName && { operationName: request.operationName }),
          })
        : await askRemote({ name, url: remote ?? '', secret: options.secret }, request);
    return placeAnswer(result, request);
  };
}

/**
 * Parts that run one after the other: each field of a mutation with its answer. The runtime would read all answers
 * after the last mutation.
 */
function inOrder(document: DocumentNode | undefined): readonly DocumentNode[] {
  const [operation] = document?.definitions ?? [];
  if (!document || operation?.kind !== Kind.OPERATION_DEFINITION) return [];
  if (operation.operation !== OperationTypeNode.MUTATION) return [document];
  return operation.selectionSet.selections.map((selection) => ({
    ...document,
    definitions: [{ ...operation, selectionSet: { ...operation.selectionSet, selections: [selection] } }],
  }));
}

/** Runs them until a mutation that can't be null is, as graphql-js does. */
async function runAll(
  schema: GraphQLSchema,
  documents: readonly DocumentNode[],
  run: (document: DocumentNode) => unknown,
): Promise<ExecutionResult> {
  const data: Record<string, unknown> = {};
  const errors: GraphQLError[] = [];
  for (const document of documents) {
    const result = (await run(document)) as ExecutionResult;
    Object.assign(data, result.data);
    errors.push(...(result.errors ?? []));
    if (documents.length > 1 && isFailure(schema, document, result)) break;
  }
  return { data, ...(errors.length > 0 && { errors }) };
}

function isFailure(schema: GraphQLSchema, document: DocumentNode, { data }: ExecutionResult): boolean {
  const [operation] = document.definitions;
  const field =
    operation?.kind === Kind.OPERATION_DEFINITION ? operation.selectionSet.selections[0] : undefined;
  if (field?.kind !== Kind.FIELD) return false;
  const type = schema.getMutationType()?.getFields()[field.name.value]?.type;
  return isNonNullType(type) && (data?.[field.alias?.value ?? field.name.value] ?? null) === null;
}

const withNullableFields = (schema: GraphQLSchema): GraphQLSchema =>
  mapSchema(schema, {
    [MapperKind.OBJECT_FIELD]: (field) => ({ ...field, type: getNullableType(field.type) }),
    [MapperKind.INTERFACE_FIELD]: (field) => ({ ...field, type: getNullableType(field.type) }),
  });
