import type { CostNode } from './analysis.ts';

/**
 * Cost in points: 1 for each object an answer can hold, more for fields that make a store work, nothing
 * for leaves (the way of Shopify's Admin API: requested before, actual after, the difference refunded).
 */
export const FIELD_WEIGHTS = {
  'Query.searchActivities': 10,
  'Query.searchLeads': 10,
  'Query.metrics': 20,
  'Query.emailPerformance': 10,
  'Query.failedActivities': 10,
  'Campaign.performance': 5,
  'Lead.activities': 2,
  'Mutation.recordActivities': 10,
  'Mutation.identifyLeads': 10,
  'Mutation.defineActivityType': 10,
  'Mutation.replayFailedActivities': 100,
} as const;

/** The most an operation can cost, from its arguments and variables. */
export function estimateCost(
  root: readonly CostNode[],
  variables: Readonly<Record<string, unknown>>,
): number {
  // A fragment's nodes are shared by all that spread it: each is priced once, or nesting would explode.
  const priced = new Map<CostNode, number>();
  const price = (node: CostNode): number => {
    const known = priced.get(node);
    if (known !== undefined) return known;
    let each = node.weight;
    for (const child of node.children) each += price(child);
    const cost = node.size ? Math.max(0, node.size(variables)) * each : each;
    if (node.children.length > 0) priced.set(node, cost);
    return cost;
  };
  let sum = 0;
  for (const node of root) sum += price(node);
  return Math.ceil(sum);
}

/** What the answer did cost: the objects it holds, by the same prices. */
export function actualCost(root: readonly CostNode[], data: unknown): number {
  const priceOf = (node: CostNode, value: unknown): number => {
    if (value === null || value === undefined) return node.size ? 0 : node.weight;
    if (Array.isArray(value)) {
      if (node.children.length === 0) return value.length * node.weight;
      let sum = 0;
      for (const item of value) sum += priceOf(node, item);
      return sum;
    }
    let sum = node.weight;
    if (node.children.length > 0 && typeof value === 'object') {
      const fields = value as Readonly<Record<string, unknown>>;
      // A fragment on another type leaves no key: that part was not asked of this object.
      for (const child of node.children) {
        const below = fields[child.responseKey];
        if (below !== undefined) sum += priceOf(child, below);
      }
    }
    return sum;
  };
  if (typeof data !== 'object' || data === null) return 0;
  const fields = data as Readonly<Record<string, unknown>>;
  let sum = 0;
  for (const node of root) sum += priceOf(node, fields[node.responseKey]);
  return sum;
}
