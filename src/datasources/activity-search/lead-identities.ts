import type { ActivityFilter } from '../../domain/filter.ts';
import type { LeadKey } from '../../domain/lead.ts';

/**
 * The same condition with every identity of each lead that it names: rows keep the key they were written with.
 * @param groupsOf the lead keys of each person that has one of these keys; none for a lead without links
 */
export async function withAllIdentities(
  filter: ActivityFilter,
  groupsOf: (keys: readonly LeadKey[]) => Promise<readonly (readonly LeadKey[])[]>,
): Promise<ActivityFilter> {
  const keys = new Set<LeadKey>();
  const collect = (node: ActivityFilter): void => {
    if (node.op === 'not') collect(node.filter);
    else if (node.op === 'and' || node.op === 'or') node.filters.forEach(collect);
    else if (node.op === 'in' && node.field === 'leadKey') for (const key of node.values) keys.add(key);
  };
  collect(filter);
  if (keys.size === 0) return filter;

  const groupOf = new Map<LeadKey, readonly LeadKey[]>();
  for (const group of await groupsOf([...keys])) for (const key of group) groupOf.set(key, group);
  const expand = (node: ActivityFilter): ActivityFilter => {
    if (node.op === 'not') return { op: 'not', filter: expand(node.filter) };
    if (node.op === 'and' || node.op === 'or') return { op: node.op, filters: node.filters.map(expand) };
    if (node.op !== 'in' || node.field !== 'leadKey') return node;
    return { ...node, values: [...new Set(node.values.flatMap((key) => groupOf.get(key) ?? [key]))] };
  };
  return expand(filter);
}
