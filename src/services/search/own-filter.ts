import type { FacetField } from '../../datasources/activity-search/port.ts';
import type { ActivityFilter } from '../../domain/filter.ts';

/**
 * A filter without the conditions on what a facet counts by, as far as all matches must meet them. Values
 * that are not chosen then keep their counts, so that a person can choose several.
 */
export function withoutOwn(filter: ActivityFilter | null, field: FacetField): ActivityFilter | null {
  if (filter === null || isOwn(filter, field)) return null;
  if (filter.op !== 'and') return filter;
  const filters = filter.filters.flatMap((part) => withoutOwn(part, field) ?? []);
  const [only, ...more] = filters;
  return only && more.length === 0 ? only : filters.length === 0 ? null : { op: 'and', filters };
}

/** Whether a condition is about nothing but the field. */
function isOwn(filter: ActivityFilter, field: FacetField): boolean {
  switch (filter.op) {
    case 'and':
    case 'or':
      return filter.filters.every((part) => isOwn(part, field));
    case 'not':
      return isOwn(filter.filter, field);
    case 'in':
      return field.kind === 'field' && field.field === filter.field;
    case 'attribute':
      return field.kind === 'attribute' && field.name === filter.name;
    case 'time':
      return field.kind === 'time' && filter.field === 'occurredAt';
    case 'isBot':
      return false;
    default:
      return filter satisfies never;
  }
}
