import {
  type DocumentNode,
  type GraphQLSchema,
  getOperationAST,
  type OperationDefinitionNode,
} from 'graphql';
import type { Config } from '../../config/config.ts';
import { badInput, type DomainError } from '../../lib/errors.ts';
import { type Analysis, analyse, type FieldWeights } from '../limits/analysis.ts';
import { excess } from '../limits/excess.ts';

/** An operation with its analysis, which is within the limits. */
export type Analysed = { readonly analysis: Analysis; readonly operation: OperationDefinitionNode };

type AnalysesOptions = {
  readonly schema: GraphQLSchema;
  readonly limits: Config['limits'];
  /** Points of fields that cost more than 1, by `Type.field`. */
  readonly costs: FieldWeights;
};

/** Finds the analysis of an operation, or why it is refused. An analysis lives as long as the server keeps its document. */
export function createAnalyses({
  schema,
  limits,
  costs,
}: AnalysesOptions): (document: DocumentNode, operationName: string | null) => Analysed | DomainError {
  const analyses = new WeakMap<DocumentNode, Map<string | null, Analysed | DomainError>>();
  return (document, operationName) => {
    let byName = analyses.get(document);
    if (!byName) analyses.set(document, (byName = new Map()));
    const known = byName.get(operationName);
    if (known) return known;
    const operation = getOperationAST(document, operationName);
    // Not remembered: there is no end of names that a caller can invent.
    if (!operation) return unresolved(operationName);
    if (!schema.getRootType(operation.operation)) return unsupported(operation.operation);
    const analysis = analyse(schema, document, operation, costs);
    const result = excess(analysis, limits) ?? { analysis, operation };
    byName.set(operationName, result);
    return result;
  };
}

const unresolved = (name: string | null): DomainError =>
  badInput(
    name === null
      ? "The document does not have exactly one operation: say which one by 'operationName'."
      : `Unknown operation named "${name.slice(0, 100)}".`,
  );

const unsupported = (kind: string): DomainError => badInput(`This API has no ${kind} operations.`);
