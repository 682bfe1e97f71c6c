import { privacyOf } from '../../auth/privacy.ts';
import type { Viewer } from '../../auth/viewer.ts';
import type { ActivityTypes } from '../../ingest/door/activity-types.ts';
import type { MetricsDimension, MetricsQuestion } from './plan.ts';

/**
 * The question as far as its viewer may ask it. Without `leads:pii` an attribute is asked of those activities alone
 * whose type declares it open, and keys are shown without e-mail addresses.
 * @throws DomainError `FORBIDDEN` for an attribute that is personal, or a filter by an e-mail address
 */
export async function permitted(
  viewer: Viewer,
  question: MetricsQuestion,
  types: Pick<ActivityTypes, 'list'>,
  signal: AbortSignal,
): Promise<MetricsQuestion> {
  const privacy = privacyOf(viewer);
  if (privacy.pii) return question;
  const declared = await types.list(viewer.tenant, signal);
  const filters = [...question.filters];
  const check = (dimension: MetricsDimension, use: string, field: string): void => {
    if (typeof dimension === 'string') return;
    const allowed = privacy.typesBy(dimension.attribute, declared, use, field);
    if (allowed) filters.push({ dimension: 'type', values: allowed, negate: false });
  };
  question.dimensions.forEach((dimension, index) => {
    check(dimension, 'to count by it', `dimensions[${index}]`);
  });
  question.filters.forEach(({ dimension, values }, index) => {
    const field = `filter[${index}]`;
    check(dimension, 'a condition on it', field);
    for (const value of values) if (value !== null) privacy.wanted(value, field);
  });
  return { ...question, filters, showKey: privacy.text };
}
