import type { Run } from '../datasources/campaign-runs/port.ts';
import type { Activity } from '../domain/activity.ts';
import type { CampaignDefinition, SmartCampaign } from '../domain/campaigns/model.ts';
import type { Person } from '../domain/lead.ts';
import type { Tenant } from '../domain/tenant.ts';
import { DomainError } from '../lib/errors.ts';
import { parseTemplate, renderTemplate } from '../lib/templates.ts';
import type { CampaignParts, StepContext } from './actions/parts.ts';
import { TOKENS_NOTE, templateValues } from './template-values.ts';

/** A run while this process works on it. */
export type RunContext = {
  readonly parts: CampaignParts;
  readonly tenant: Tenant;
  readonly run: Run;
  /** A later time at each call, epoch milliseconds. */
  readonly now: () => number;
  readonly signal: AbortSignal;
  /** Receives faults of the program. */
  onError(error: unknown): void;
};

/** A clock that never says the same twice: later changes of a trait win. */
export function risingClock(clock: () => number): () => number {
  let last = 0;
  return () => {
    last = Math.max(last + 1, clock());
    return last;
  };
}

/** The person of a run as it is now. @throws DomainError `NOT_FOUND` for a person who was erased */
export async function personOf({ parts, tenant, run, signal }: RunContext): Promise<Person> {
  const [person] = await parts.store.persons(tenant, [run.leadKey], signal);
  if (!person) throw new DomainError('NOT_FOUND', 'The person is not known any more.');
  return person;
}

/** The context of one step. */
export function stepContext(
  context: RunContext,
  campaign: SmartCampaign,
  definition: CampaignDefinition,
  path: string,
): StepContext {
  const activity = async (): Promise<Activity | null> => {
    const { parts, tenant, run, signal } = context;
    if (run.activityId === null) return null;
    const [found] = await parts.store.activities(tenant, [run.activityId], signal);
    return found ?? null;
  };
  const values = async () => {
    const { parts, tenant, run, signal } = context;
    const { lead } = await personOf(context);
    const cause = await activity();
    const tokens =
      run.activityId === null ? await parts.runs.intend(tenant, run.id, TOKENS_NOTE, {}, signal) : {};
    return templateValues(campaign, lead, cause, tokens);
  };
  return {
    ...context,
    campaign,
    definition,
    path,
    activity,
    person: () => personOf(context),
    fill: async (template, html = false) => renderTemplate(parseTemplate(template, html), await values()),
  };
}
