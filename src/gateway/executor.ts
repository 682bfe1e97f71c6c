import { type DocumentNode, type ExecutionResult, type GraphQLSchema, getOperationAST } from 'graphql';
import type { Config } from '../config.ts';
import { badInput, DomainError } from '../domain/errors.ts';
import type { RequestContext } from '../resolvers/context.ts';
import { refuse } from './errors.ts';
import { type Analysis, analyse } from './limits/analysis.ts';
import type { Budget } from './limits/budget.ts';
import { actualCost, estimateCost, FIELD_WEIGHTS } from './limits/cost.ts';

/** Runs one operation; the compiled schema and the federation router have the same face. */
export type Execute = (args: {
  readonly document: DocumentNode;
  readonly operationName?: string | null;
  readonly variables?: Record<string, unknown>;
  readonly contextValue: object;
}) => Promise<ExecutionResult>;

/** Who pays for a caller without a credential, who can ask for no data anyway. */
const NOBODY = '';

/**
 * Puts the limits and the tenant's budget in front of an executor: an operation that is too deep, too wide
 * or too dear is refused before any of it runs, and what an answer did not use is given back.
 */
export function withLimits(
  schema: GraphQLSchema,
  execute: Execute,
  limits: Config['limits'],
  budget: Budget,
): (args: Parameters<Execute>[0] & { readonly contextValue: RequestContext }) => Promise<ExecutionResult> {
  // Documents are cached by the server, so the analysis lives as long as the document does.
  const analyses = new WeakMap<DocumentNode, Map<string | null, Analysis | DomainError>>();

  const analysisOf = (document: DocumentNode, operationName: string | null): Analysis | DomainError => {
    let byName = analyses.get(document);
    if (!byName) analyses.set(document, (byName = new Map()));
    let analysis = byName.get(operationName);
    if (!analysis) {
      const operation = getOperationAST(document, operationName);
      // Not remembered: there is no end of names that a caller can invent.
      if (!operation) return unresolved(operationName);
      if (!schema.getRootType(operation.operation)) return unsupported(operation.operation);
      const found = analyse(schema, document, operation, FIELD_WEIGHTS);
      analysis = excess(found, limits) ?? found;
      byName.set(operationName, analysis);
    }
    return analysis;
  };

  return async (args) => {
    const analysis = analysisOf(args.document, args.operationName ?? null);
    if (analysis instanceof DomainError) return { errors: [refuse(analysis)] };
    const requested = estimateCost(analysis.root, args.variables ?? {});
    const tenantId = args.contextValue.viewer?.tenant.id ?? NOBODY;
    const refusal = afford(budget, tenantId, requested, limits.cost);
    if (refusal)
      return { errors: [refuse(refusal)], extensions: { cost: costOf(requested, 0, budget, tenantId) } };
    let refunded = false;
    try {
      const result = await execute(args);
      const actual = Math.min(requested, actualCost(analysis.root, result.data));
      budget.refund(tenantId, requested - actual);
      refunded = true;
      return {
        ...result,
        extensions: { ...result.extensions, cost: costOf(requested, actual, budget, tenantId) },
      };
    } finally {
      // An operation that failed as a whole keeps half its price: the stores may have worked for it.
      if (!refunded) budget.refund(tenantId, Math.floor(requested / 2));
    }
  };
}

const unresolved = (name: string | null): DomainError =>
  badInput(
    name === null
      ? "The document does not have exactly one operation: say which one by 'operationName'."
      : `Unknown operation named "${name.slice(0, 100)}".`,
  );

const unsupported = (kind: string): DomainError => badInput(`This API has no ${kind} operations.`);

const costOf = (requested: number, actual: number, budget: Budget, tenantId: string) => ({
  requestedQueryCost: requested,
  actualQueryCost: actual,
  throttleStatus: budget.status(tenantId),
});

function afford(budget: Budget, tenantId: string, requested: number, most: number): DomainError | undefined {
  if (requested > most)
    return new DomainError(
      'BAD_USER_INPUT',
      `This operation could cost ${requested} points; at most ${most} are allowed for one. Ask for smaller pages ('first') or fewer nested lists.`,
    );
  const retryAfterMs = budget.take(tenantId, requested);
  if (retryAfterMs === undefined) return undefined;
  return new DomainError(
    'RATE_LIMITED',
    `This operation could cost ${requested} points, and the tenant has fewer left. Wait, or ask for less.`,
    { retryAfterMs },
  );
}

function excess(analysis: Analysis, limits: Config['limits']): DomainError | undefined {
  const over = (what: string, found: number, most: number, remedy: string) =>
    found > most
      ? new DomainError(
          'BAD_USER_INPUT',
          `The operation has ${found} ${what}; at most ${most} are allowed. ${remedy}`,
        )
      : undefined;
  return (
    over('levels of fields', analysis.depth, limits.depth, 'Ask for less nesting.') ??
    over('aliases', analysis.aliases, limits.aliases, 'Send several requests, or ask by a list of ids.') ??
    over('root fields', analysis.rootFields, limits.rootFields, 'Send several requests.')
  );
}
