import { EVIDENCE_SUFFIX, PENDING_MS } from '../../../domain/email/outcomes.ts';
import type { Parameters } from '../../db/sql.ts';
import { type AggregatePlan, countOf, isOfPersons, type SendCount, type SendMeasure } from '../port.ts';
import { bucket, condition, type Select } from './select.ts';
import { evidenceColumn } from './sends-write.ts';

type SendPlan = Extract<AggregatePlan, { dataset: 'sends' }>;

/** The outcome of each send as conditions over `email_sends`; the same rules as `sendOutcome`. */
function outcomes({ opens, asOf }: SendPlan): Readonly<Record<SendCount, string>> {
  const counting = (action: 'opened' | 'clicked' | 'unsubscribed') =>
    evidenceColumn(`${action}${EVIDENCE_SUFFIX[opens]}`);
  const [clicked, unsubscribed] = [counting('clicked'), counting('unsubscribed')];
  const isIn = '(opened OR clicked OR unsubscribed OR marked_as_spam)';
  const unknown = `(NOT ${isIn} AND NOT hard_bounced AND NOT soft_bounced AND NOT delivered)`;
  // No parameter: PostgreSQL refuses those that a question has no use for.
  const isOld = `sent_at <= ${Math.trunc(asOf - PENDING_MS)}`;
  return {
    sent: 'true',
    opened: `(${counting('opened')} OR ${clicked} OR ${unsubscribed})`,
    clicked,
    unsubscribed,
    markedAsSpam: 'marked_as_spam',
    hardBounced: `(NOT ${isIn} AND hard_bounced)`,
    softBounced: `(NOT ${isIn} AND NOT hard_bounced AND soft_bounced)`,
    delivered: `(${isIn} OR (delivered AND NOT hard_bounced AND NOT soft_bounced))`,
    pending: `(${unknown} AND NOT ${isOld})`,
    aborted: `(${unknown} AND ${isOld})`,
  };
}

/** Figures of e-mail sends from `email_sends`. */
export function selectSends(plan: SendPlan, parameters: Parameters, tenantId: string): Select {
  const conditions = outcomes(plan);
  const column = (dimension: SendPlan['dimensions'][number]) => `nullif(${dimension}, '')`;
  const sends = {
    bucket: bucket('sent_at', plan, parameters),
    dimensions: plan.dimensions.map((dimension, index) => `${column(dimension)} AS d${index}`),
    from: 'email_sends',
    where: [
      `tenant_id = ${tenantId}`,
      `sent_at >= ${parameters.bind(plan.from)} AND sent_at < ${parameters.bind(plan.to)}`,
      ...plan.filters.map((filter) => condition(filter, column(filter.dimension), parameters)),
    ],
  };
  const measures = (measure: (name: SendMeasure) => string) =>
    plan.measures.map((name, index) => `${measure(name)} AS m${index}`);
  if (!plan.measures.some(isOfPersons))
    return {
      ...sends,
      measures: measures((name) => `count(*) FILTER (WHERE ${conditions[countOf(name)]})`),
    };
  // First by person: a person counts once in a group, of however many sends.
  const counts = [...new Set(plan.measures.map(countOf))];
  const keys = ['b', ...plan.dimensions.map((_, index) => `d${index}`)];
  const byPerson = `SELECT ${[
    sends.bucket,
    ...sends.dimensions,
    ...counts.map((name) => `count(*) FILTER (WHERE ${conditions[name]}) AS "${name}"`),
  ].join(', ')} FROM ${sends.from} WHERE ${sends.where.join(' AND ')}
    GROUP BY ${keys.map((_, index) => index + 1).join(', ')}, lead_key`;
  return {
    bucket: 'b',
    dimensions: keys.slice(1),
    measures: measures((name) =>
      isOfPersons(name)
        ? `count(*) FILTER (WHERE "${countOf(name)}" > 0)`
        : `coalesce(sum("${countOf(name)}"), 0)::int8`,
    ),
    from: `(${byPerson}) AS persons`,
    where: ['true'],
  };
}
