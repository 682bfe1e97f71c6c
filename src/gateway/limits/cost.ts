import { type Analysis, type CostNode, JSON_WEIGHT } from './analysis.ts';

/** Points of each item that a mutation is given. */
const ITEM_WEIGHT = 0.1;
/** The largest JSON value of one item: `MAX_ACTIVITY_BYTES`, and what of a failed activity is kept. */
const MAX_JSON_BYTES = 32 * 1024;
/** Points of a JSON value whatever its size. */
const LEAST_JSON_WEIGHT = 0.1;
/** Memory of an object of an answer with its plain leaves, about. */
const OBJECT_BYTES = 512;

type Variables = Readonly<Record<string, unknown>>;

/** The most that an operation can take: points, and bytes of memory. */
export type Estimate = { readonly points: number; readonly bytes: number };

/**
 * The most an operation can cost, from its arguments and variables. An object costs 1 point, or the `costs` of its
 * subgraph where a field makes a store work. A plain leaf costs a twentieth, and JSON as much as it can be large. As in
 * Shopify's Admin API, the most is requested before the operation runs, and the difference is refunded after it.
 */
export function estimateCost({ root, rootLeaves }: Analysis, variables: Variables): Estimate {
  // A fragment's nodes are shared by all that spread it: each is priced once, or nesting would explode.
  const priced = new Map<CostNode, Estimate>();
  const price = (node: CostNode): Estimate => {
    const known = priced.get(node);
    if (known !== undefined) return known;
    let points = node.weight;
    let bytes = node.isJson ? MAX_JSON_BYTES : OBJECT_BYTES;
    for (const child of node.children) {
      const below = price(child);
      points += below.points;
      bytes += below.bytes;
    }
    const count = node.size ? Math.max(0, node.size(variables)) : 1;
    const cost = { points: points * count + itemsCost(node, variables), bytes: bytes * count };
    if (node.children.length > 0) priced.set(node, cost);
    return cost;
  };
  let points = rootLeaves;
  let bytes = 0;
  for (const node of root) {
    const cost = price(node);
    points += cost.points;
    bytes += cost.bytes;
  }
  return { points: Math.ceil(points), bytes };
}

const itemsCost = (node: CostNode, variables: Variables): number =>
  node.items ? node.items(variables) * ITEM_WEIGHT : 0;

/** The cost of an answer: its objects, by the same prices. @param jsonBytes of its JSON values */
export function actualCost(
  { root, rootLeaves }: Analysis,
  data: unknown,
  jsonBytes: number,
  variables: Variables,
): number {
  const priceOf = (node: CostNode, value: unknown): number => {
    if (node.isLeaf) return node.isJson ? LEAST_JSON_WEIGHT : node.weight;
    if (value === null || value === undefined) return node.size ? 0 : node.weight;
    let sum = 0;
    if (Array.isArray(value)) {
      for (const item of value) sum += priceOf(node, item);
      return sum;
    }
    sum = node.weight;
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
  let sum = rootLeaves + (jsonBytes / MAX_JSON_BYTES) * JSON_WEIGHT;
  for (const node of root) sum += priceOf(node, fields[node.responseKey]) + itemsCost(node, variables);
  return Math.ceil(sum);
}
