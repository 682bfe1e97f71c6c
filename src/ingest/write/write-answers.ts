import type { ActivityReads, ActivityWrites } from '../../datasources/activity-store/port.ts';
import type { LogRecord } from '../../domain/activity.ts';
import { standardType } from '../../domain/activity-types.ts';
import { assertTenant, type Tenant } from '../../domain/tenant.ts';
import { DomainError } from '../../lib/errors.ts';
import { refusalText } from './write-apply.ts';
import type { SubmitOptions } from './write-lanes.ts';
import type { Outcome } from './write-steps.ts';
import type { ErasingWriter, Writer, WrittenVerdict } from './writer-port.ts';

type Submit = (
  tenant: Tenant,
  records: readonly LogRecord[],
  signal: AbortSignal,
  options?: SubmitOptions,
) => Promise<readonly Outcome[]>;

/** A writer's `writeActivities` where the outcome of each record tells its verdict. */
export const writingActivities =
  (submit: Submit): Writer['writeActivities'] =>
  async (tenant, activities, signal) => {
    const outcomes = await submit(
      tenant,
      activities.map((activity) => ({ kind: 'activity', activity })),
      signal,
    );
    return activities.map(({ id }, index): WrittenVerdict => {
      const outcome = outcomes[index];
      if (outcome?.kind === 'refused') return { status: 'failed', id, reason: refusalText(outcome.error) };
      return outcome?.kind === 'activity' ? outcome.verdict : { status: 'stored', id };
    });
  };

/** A writer's calls for records other than activities. */
export const writingOthers = (
  store: Parameters<typeof definingThrough>[0],
  submit: Submit,
): Pick<Writer, 'writeLeadUpdates' | 'writeCampaigns' | 'defineType'> => ({
  async writeLeadUpdates(tenant, updates, signal, options) {
    await submit(
      tenant,
      updates.map((update) => ({ kind: 'lead', update })),
      signal,
      options,
    );
  },
  async writeCampaigns(tenant, campaigns, signal) {
    await submit(
      tenant,
      campaigns.map((campaign) => ({ kind: 'campaign', campaign })),
      signal,
    );
  },
  defineType: definingThrough(store, submit),
});

/** The `erase` of a writer, through `submit` like the others. */
export const writingErasures = (submit: Submit): ErasingWriter => ({
  async erase(tenant, erasure, signal) {
    const [outcome] = await submit(tenant, [{ kind: 'erasure', erasure }], signal);
    if (outcome?.kind === 'refused') throw outcome.error;
  },
});

/** The writer's `defineType`. A name that is taken is refused before the log has it, where that can be known. */
const definingThrough =
  (
    store: Pick<ActivityReads, 'customTypes'> & Pick<ActivityWrites, 'defineType'>,
    submit: Submit,
  ): Writer['defineType'] =>
  async (tenant, type, signal) => {
    assertTenant(tenant);
    const isTaken =
      standardType(type.name) ||
      (await store.customTypes(tenant, signal)).some(({ name }) => name === type.name);
    if (isTaken) await store.defineType(tenant, type, signal);
    const [outcome] = await submit(tenant, [{ kind: 'type', type }], signal);
    if (outcome?.kind === 'type') return outcome.type;
    if (outcome?.kind === 'refused') throw outcome.error;
    throw new DomainError(
      'BACKEND_UNAVAILABLE',
      'The type is recorded but can not be used yet. Try again shortly.',
    );
  };

/** Why the log did not take records. */
export const asUnavailable = (error: unknown): DomainError =>
  error instanceof DomainError
    ? error
    : new DomainError('BACKEND_UNAVAILABLE', 'The activity log can not be written. Try again shortly.', {
        cause: error,
      });
