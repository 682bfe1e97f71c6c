import type { DocumentNode, ExecutionResult, GraphQLSchema } from 'graphql';
import type { Viewer } from '../../auth/viewer.ts';
import type { Config } from '../../config/config.ts';
import { DomainError } from '../../lib/errors.ts';
import type { Budget } from '../../lib/token-bucket.ts';
import type { RequestContext } from '../../resolvers/context.ts';
import type { FieldWeights } from '../limits/analysis.ts';
import type { AnswerMemory, Lease } from '../limits/answer-memory.ts';
import { actualCost, estimateCost } from '../limits/cost.ts';
import { documentExcess, variablesExcess } from '../limits/excess.ts';
import { type Analysed, createAnalyses } from './analyses.ts';
import { type AnswerMeter, createAnswerMeter } from './answer-meter.ts';
import { refuse } from './errors.ts';
import { createIntrospection, KNOWN_ANSWER_COST } from './introspection.ts';

/** Runs one operation; the compiled schema and the federation router have the same face. */
export type Execute = (args: {
  readonly document: DocumentNode;
  readonly operationName?: string | null;
  readonly variables?: Record<string, unknown>;
  readonly contextValue: object;
}) => Promise<ExecutionResult>;

type LimitedArgs = Parameters<Execute>[0] & {
  readonly contextValue: RequestContext;
  /** Called once limits and budget have let the operation of a known caller pass. */
  readonly onAdmitted?: (viewer: Viewer) => void;
  /** Takes over the memory of the answer, until it is sent; without it, it is given back with the result. */
  readonly hold?: (lease: Lease) => void;
};

export interface LimitedExecutor {
  execute(args: LimitedArgs): Promise<ExecutionResult>;
  /** Why a document may not even be validated; undefined where it may. */
  excessOf(document: DocumentNode, operationName: string | null | undefined): DomainError | undefined;
  /** Charges a caller without a credential for a text that must be read. @returns why it is refused */
  chargeAnonymous(characters: number): DomainError | undefined;
}

export type LimitsOptions = {
  readonly schema: GraphQLSchema;
  readonly execute: Execute;
  /** Points of fields that cost more than 1, by `Type.field`. */
  readonly costs: FieldWeights;
  readonly limits: Config['limits'];
  /** Points by tenant. */
  readonly budget: Budget;
  /** Points that all callers without a credential share. */
  readonly anonymousBudget: Budget;
  readonly memory: AnswerMemory;
};

/** Everybody without a credential, in the one bucket that they share. */
const NOBODY = '';
/** Characters of a document that a caller without a credential has read for a point. */
const CHARACTERS_PER_POINT = 100;

/**
 * Puts the limits and the budgets in front of an executor. An operation that is too deep, too wide or too expensive is
 * refused before it runs. Unused points are returned.
 */
export function withLimits(options: LimitsOptions): LimitedExecutor {
  const { limits, anonymousBudget } = options;
  const analysisOf = createAnalyses(options);
  const run = createRun(options);

  return {
    async execute(args) {
      const analysed = analysisOf(args.document, args.operationName ?? null);
      if (analysed instanceof DomainError) return { errors: [refuse(analysed)] };
      const refusal = variablesExcess(args.variables);
      if (refusal) return { errors: [refuse(refusal)] };
      try {
        return await run(args, analysed);
      } catch (error) {
        if (error instanceof Error && error.name === 'GraphQLError') return { errors: [error as never] };
        throw error;
      }
    },
    excessOf(document, operationName) {
      const work = documentExcess(document);
      if (work) return work;
      const analysed = analysisOf(document, operationName ?? null);
      return analysed instanceof DomainError ? analysed : undefined;
    },
    chargeAnonymous: (characters) =>
      afford(anonymousBudget, NOBODY, Math.ceil(characters / CHARACTERS_PER_POINT), limits.cost, false),
  };
}

type Run = (args: LimitedArgs, analysed: Analysed) => Promise<ExecutionResult>;

/** Runs an operation within the limits, which its caller pays for. */
function createRun({ limits, budget, anonymousBudget, memory, execute }: LimitsOptions): Run {
  const introspection = createIntrospection();

  const payer = ({ viewer }: RequestContext) =>
    viewer
      ? ({ points: budget, id: viewer.tenant.id, isTenant: true } as const)
      : ({ points: anonymousBudget, id: NOBODY, isTenant: false } as const);

  return async (args, { analysis, operation }) => {
    const { document, contextValue, variables = {} } = args;
    const known = analysis.isIntrospection ? introspection.find(document, operation) : undefined;
    const estimate = known ? { points: KNOWN_ANSWER_COST, bytes: 0 } : estimateCost(analysis, variables);
    const { points, id, isTenant } = payer(contextValue);
    const requested = estimate.points;
    const cost = (actual: number) => ({
      requestedQueryCost: requested,
      actualQueryCost: actual,
      throttleStatus: points.status(id),
    });
    const refusal = afford(points, id, requested, limits.cost, isTenant);
    if (refusal) return { errors: [refuse(refusal)], extensions: { cost: cost(0) } };
    if (contextValue.viewer) args.onAdmitted?.(contextValue.viewer);
    if (known) return { ...known, extensions: { cost: cost(requested) } };

    let refund = Math.floor(requested / 2);
    let lease: Lease | undefined;
    try {
      lease = await leaseFor(memory, estimate.bytes, contextValue).catch((error: unknown) => {
        refund = requested;
        throw error instanceof DomainError ? refuse(error) : error;
      });
      args.hold?.(lease);
      const meter = createAnswerMeter(limits.answerBytes, lease);
      const { result, tooLarge } = await metered(execute, args, meter);
      if (tooLarge) return { errors: [refuse(tooLarge)], extensions: { cost: cost(requested - refund) } };
      const actual = Math.min(requested, actualCost(analysis, result.data, meter.bytes, variables));
      refund = 0;
      points.refund(id, requested - actual);
      if (analysis.isIntrospection) introspection.keep(document, operation, result);
      return { ...result, extensions: { ...result.extensions, cost: cost(actual) } };
    } finally {
      // An operation that failed as a whole keeps half its price: the stores may have worked for it.
      if (refund > 0) points.refund(id, refund);
      if (!args.hold) lease?.release();
    }
  };
}

const leaseFor = async (memory: AnswerMemory, bytes: number, { signal }: RequestContext): Promise<Lease> =>
  memory.take(bytes) ?? memory.wait(bytes, signal);

/** Runs an operation with a meter on its JSON. */
async function metered(
  execute: Execute,
  { document, operationName, variables, contextValue }: LimitedArgs,
  meter: AnswerMeter,
): Promise<{ result: ExecutionResult; tooLarge: DomainError | undefined }> {
  const result = await execute({
    document,
    operationName: operationName ?? null,
    variables: variables ?? {},
    contextValue: { ...contextValue, meter },
  });
  return { result, tooLarge: meter.excess };
}

function afford(
  budget: Budget,
  id: string,
  requested: number,
  most: number,
  isTenant: boolean,
): DomainError | undefined {
  if (requested > most)
    return new DomainError(
      'BAD_USER_INPUT',
      `This operation could cost ${requested} points; at most ${most} are allowed for one. Ask for smaller pages ('first') or fewer nested lists.`,
    );
  const retryAfterMs = budget.take(id, requested);
  if (retryAfterMs === undefined) return undefined;
  return new DomainError(
    'RATE_LIMITED',
    isTenant
      ? `This operation could cost ${requested} points, and the tenant has fewer left. Wait, or ask for less.`
      : `This operation could cost ${requested} points, and callers without a credential, who share a small budget, have fewer left. Wait, or send a credential.`,
    { retryAfterMs },
  );
}
