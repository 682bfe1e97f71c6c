import type { LeasedRun, Run, RunStep } from '../datasources/campaign-runs/port.ts';
import { EVERYBODY } from '../domain/campaigns/batch.ts';
import { type CampaignDefinition, type SmartCampaign, versionAt } from '../domain/campaigns/model.ts';
import { mayEnter, spanOf } from '../domain/campaigns/qualification.ts';
import type { Person } from '../domain/lead.ts';
import type { Tenant } from '../domain/tenant.ts';
import { DomainError } from '../lib/errors.ts';
import { backoff } from '../lib/retry.ts';
import type { CampaignParts } from './actions/parts.ts';
import { runBatch } from './batch.ts';
import { faultOf, type StepFault } from './fault.ts';
import { type FlowEnd, runFlow } from './flow.ts';
import { judgeFilter } from './judge-run.ts';
import { personOf, type RunContext, risingClock } from './step-context.ts';

/** A step is tried so often: with the pauses between, for about nine hours. */
const MAX_ATTEMPTS = 15;
const pause = backoff({ firstMs: 1_000, maxMs: 3_600_000, jitter: 0.2 });

type Next = { readonly run: Run; readonly steps: readonly RunStep[] };

/**
 * Takes a run as far as it goes now, and writes where it is. A process that ends meanwhile loses nothing: every step can
 * be repeated, and the lease ends.
 * @param onError receives faults of the program, and never personal data
 * @throws Error of the runs' store, or the signal's reason
 */
export async function processRun(
  parts: CampaignParts,
  tenant: Tenant,
  leased: LeasedRun,
  clock: () => number,
  signal: AbortSignal,
  onError: (error: unknown) => void,
): Promise<void> {
  const context: RunContext = { parts, tenant, run: leased.run, now: risingClock(clock), signal, onError };
  const { run, steps } = await advance(context).catch((error: unknown) => {
    return { run: afterError(context, error), steps: [] };
  });
  await parts.runs.save(tenant, leased, run, steps, signal);
}

async function advance(context: RunContext): Promise<Next> {
  const { parts, tenant, run, now, signal } = context;
  const [campaign] = await parts.campaigns.get(tenant, [run.campaignId], signal);
  const current = campaign ? versionAt(campaign, now()) : undefined;
  if (!campaign || !current) return finished(run, 'STOPPED', 'The campaign is not active any more.');
  if (run.leadKey === EVERYBODY)
    // Another version has a schedule of its own.
    return current.version === run.version
      ? { run: await runBatch(context, current), steps: [] }
      : finished(run, 'STOPPED', 'The campaign has a new version, with a schedule of its own.');
  const person = await personOf(context);
  // It comes again under the lock of the person that the lead belongs to now.
  if (person.lead.key !== run.personKey)
    return { run: { ...run, personKey: person.lead.key, dueAt: now() }, steps: [] };
  if (run.status !== 'NEW') return flowFrom(context, campaign, current.definition);
  const decided = campaign.versions.find(({ version }) => version === run.version) ?? current;
  const refused = await refusal(context, decided.definition, person);
  if (refused) return refused;
  return flowFrom(
    { ...context, run: { ...run, status: 'WAITING', enteredAt: now() } },
    campaign,
    decided.definition,
  );
}

const TOO_OFTEN = 'The person entered as often as the campaign allows.';

/** Why a person does not enter: the filter, or the qualification. */
async function refusal(
  context: RunContext,
  definition: CampaignDefinition,
  person: Person,
): Promise<Next | undefined> {
  const { parts, tenant, run, signal } = context;
  if (definition.filter !== null) {
    const { result } = await judgeFilter(
      parts,
      tenant,
      { person, filter: definition.filter, at: run },
      signal,
    );
    if (!result.holds) return finished(run, 'FILTERED', "The person does not pass the campaign's filter.");
  }
  const { qualification } = definition;
  // A device that was linked since may have entered under its own key.
  const others = person.identities.map(({ key }) => key).filter((key) => key !== run.personKey);
  for (const key of qualification.kind === 'EVERY_TIME' ? [] : others)
    if (
      !mayEnter(
        qualification,
        await parts.runs.lastEntry(tenant, run.campaignId, key, signal),
        run.receivedAt,
      )
    )
      return finished(run, 'NOT_QUALIFIED', TOO_OFTEN);
  return (await parts.runs.enter(tenant, run, spanOf(qualification), signal))
    ? undefined
    : finished(run, 'NOT_QUALIFIED', TOO_OFTEN);
}

async function flowFrom(
  context: RunContext,
  campaign: SmartCampaign,
  definition: CampaignDefinition,
): Promise<Next> {
  const { run, now } = context;
  const end = await runFlow(context, campaign, definition, run.step);
  return { run: runAfter(run, end, now()), steps: end.steps };
}

function runAfter(run: Run, end: FlowEnd, now: number): Run {
  const next: Run = { ...run, step: end.next, attempts: 0, reason: null };
  switch (end.status) {
    case 'DONE':
    case 'REMOVED':
      return { ...next, status: end.status, dueAt: null };
    case 'WAIT':
      return { ...next, status: 'WAITING', dueAt: end.until };
    case 'FAILED':
      return { ...next, status: 'FAILED', dueAt: null, reason: end.reason };
    case 'RETRY':
      return tryAgain({ ...next, attempts: run.step === end.next ? run.attempts : 0 }, end, now);
    default:
      return end satisfies never;
  }
}

/** An engine that is away costs a pause, however often. Anything else ends after some attempts. */
function tryAgain(run: Run, { reason, isAway }: StepFault, now: number): Run {
  const attempts = run.attempts + 1;
  if (attempts >= MAX_ATTEMPTS && !isAway) return { ...run, attempts, status: 'FAILED', dueAt: null, reason };
  return { ...run, attempts, dueAt: now + Math.ceil(pause(attempts)), reason };
}

/** Of an error outside of the steps. */
function afterError(context: RunContext, error: unknown): Run {
  const { run, now } = context;
  if (error instanceof DomainError && error.code === 'NOT_FOUND')
    return { ...run, status: 'STOPPED', dueAt: null, reason: error.message };
  const fault = faultOf(error, context);
  return fault.status === 'FAILED'
    ? { ...run, status: 'FAILED', dueAt: null, reason: fault.reason }
    : tryAgain(run, fault, now());
}

const finished = (run: Run, status: 'STOPPED' | 'FILTERED' | 'NOT_QUALIFIED', reason: string): Next => ({
  run: { ...run, status, dueAt: null, reason },
  steps: [],
});
