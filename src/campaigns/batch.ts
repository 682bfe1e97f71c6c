import type { Run } from '../datasources/campaign-runs/port.ts';
import { batchDecision, nextTime } from '../domain/campaigns/batch.ts';
import { decisionId } from '../domain/campaigns/decision.ts';
import type { CampaignDefinition, CampaignVersion, LeadList } from '../domain/campaigns/model.ts';
import { orderOf } from '../domain/campaigns/priority.ts';
import type { LeadKey } from '../domain/lead.ts';
import { chunksOf } from '../lib/chunks.ts';
import { judgeFilter } from './judge-run.ts';
import type { RunContext } from './step-context.ts';

const ALPHABET = [...'-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz'];
/** Parts of a large tenant: those whose keys begin with the same two characters. */
const PARTS = ALPHABET.flatMap((first) => ALPHABET.map((second) => first + second));
/** Keys of one read. */
const MAX_KEYS = 1_000;
/** People who are judged together. */
const CHUNK = 200;
/** Then the run is saved with its place, and goes on, in milliseconds. */
const TURN_MS = 15_000;

/**
 * Starts a batch campaign for everybody who passes its filter: adds a decision for each. It goes through people by key,
 * part by part. A repeated part adds nothing, because decisions have the ids of people.
 * @returns the run as it goes on
 */
export async function runBatch(context: RunContext, version: CampaignVersion): Promise<Run> {
  const { parts, tenant, run, now, signal } = context;
  const end = now() + TURN_MS;
  const all = await parts.store.leadKeys(tenant, '', MAX_KEYS, signal);
  if (all.length < MAX_KEYS) await decideFor(context, version.definition, all);
  else
    for (let step = run.step; step < PARTS.length; step++) {
      if (now() > end) return { ...run, status: 'WAITING', step, dueAt: now() };
      await decidePart(context, version.definition, PARTS[step] ?? '');
    }
  await addNext(context, version);
  return { ...run, status: 'DONE', step: PARTS.length, dueAt: null };
}

async function decidePart(
  context: RunContext,
  definition: CampaignDefinition,
  prefix: string,
): Promise<void> {
  const { parts, tenant, signal } = context;
  const keys = await parts.store.leadKeys(tenant, prefix, MAX_KEYS, signal);
  if (keys.length < MAX_KEYS) return decideFor(context, definition, keys);
  for (const character of ALPHABET) await decidePart(context, definition, prefix + character);
}

async function decideFor(
  { parts, tenant, run, signal }: RunContext,
  definition: CampaignDefinition,
  keys: readonly LeadKey[],
): Promise<void> {
  const lists = new Map<string, LeadList | null>();
  for (const chunk of chunksOf(keys, CHUNK)) {
    const persons = await parts.store.persons(tenant, chunk, signal);
    // An identity that is linked to another is that person.
    const people = new Map(persons.flatMap((person) => (person ? [[person.lead.key, person]] : [])));
    const chosen: LeadKey[] = [];
    for (const [key, person] of people) {
      const { filter } = definition;
      const isFit =
        filter === null ||
        (await judgeFilter(parts, tenant, { person, filter, at: run }, signal, lists)).result.holds;
      if (isFit) chosen.push(key);
    }
    await parts.runs.add(
      tenant,
      chosen.map((leadKey) => ({
        id: decisionId(tenant.id, run.campaignId, `${run.id} ${leadKey}`),
        campaignId: run.campaignId,
        version: run.version,
        leadKey,
        activityId: null,
        occurredAt: run.occurredAt,
        receivedAt: run.receivedAt,
        depth: 0,
        order: orderOf(definition, run.receivedAt),
      })),
      signal,
    );
  }
}

async function addNext(
  { parts, tenant, run, now, signal }: RunContext,
  version: CampaignVersion,
): Promise<void> {
  const { definition } = version;
  const at =
    definition.schedule && nextTime(definition.schedule, definition, Math.max(now(), run.receivedAt));
  if (at !== null)
    await parts.runs.add(tenant, [batchDecision(tenant.id, run.campaignId, version, at)], signal);
}
