import { privacyOf } from '../../auth/privacy.ts';
import { requireViewer } from '../../auth/viewer.ts';
import type { MetricsDimension, MetricsQuestion } from '../../services/figures/plan.ts';
import type { RequestContext } from '../context.ts';

/**
 * The question as far as its viewer may ask it. Without `leads:pii` an attribute is asked of those activities alone
 * whose type declares it open, and keys are shown without e-mail addresses.
 * @throws DomainError `FORBIDDEN` for an attribute that is personal, or a filter by an e-mail address
 */
export async function permitted(
  question: MetricsQuestion,
  context: RequestContext,
): Promise<MetricsQuestion> {
  const privacy = privacyOf(context.viewer);
  if (privacy.pii) return question;
  const types = await context.services.types.list(requireViewer(context).tenant, context.signal);
  const filters = [...question.filters];
  const check = (dimension: MetricsDimension, use: string, path: string): void => {
    if (typeof dimension === 'string') return;
    const allowed = privacy.typesBy(dimension.attribute, types, use, path);
    if (allowed) filters.push({ dimension: 'type', values: allowed, negate: false });
  };
  question.dimensions.forEach((dimension, index) => {
    check(dimension, 'to count by it', `query.dimensions[${index}]`);
  });
  question.filters.forEach(({ dimension, values }, index) => {
    const path = `query.filter[${index}]`;
    check(dimension, 'a condition on it', path);
    for (const value of values) if (value !== null) privacy.wanted(value, path);
  });
  return { ...question, filters, showKey: privacy.text };
}
