import type { Viewer } from '../../auth/viewer.ts';
import { MAX_CAMPAIGNS } from '../../datasources/smart-campaigns/port.ts';
import { batchDecision, firstTime } from '../../domain/campaigns/batch.ts';
import type { CampaignDefinition, SmartCampaign } from '../../domain/campaigns/model.ts';
import type { Fault } from '../../domain/campaigns/validation/fault.ts';
import { type CursorScope, decodeCursor, encodeCursor } from '../../domain/cursor.ts';
import type { Tenant } from '../../domain/tenant.ts';
import { type Optional, pageSize } from '../../lib/bounds.ts';
import { badInput } from '../../lib/errors.ts';
import type { Page } from '../page.ts';
import { activateAt } from './activate.ts';
import {
  changeLatest,
  namesCampaign,
  namingFaults,
  newId,
  notFound,
  type Store,
  staleRevision,
} from './changes.ts';
import type { createJudge } from './judge-input.ts';
import { runningDefinition } from './judge-input.ts';
import type { CampaignPorts } from './ports.ts';
import type { DefinitionInput, ScheduleInput } from './reading/input.ts';
import { type ShownSmartCampaign, showCampaign } from './shown.ts';
import { ended, isActive, withVersion } from './versions.ts';

/** A change that was made, or the faults for which nothing was changed. */
export type CampaignOutcome = {
  readonly campaign: ShownSmartCampaign | null;
  readonly faults: readonly Fault[];
};

type NewCampaign = {
  readonly name: string;
  readonly description?: Optional<string>;
  readonly definition: DefinitionInput;
};
type CampaignChange = {
  readonly id: string;
  /** The revision that the change was made from. */
  readonly revision: number;
  readonly name?: Optional<string>;
  readonly description?: Optional<string>;
  readonly definition?: Optional<DefinitionInput>;
};

/** Campaigns of a marketer. Ids are local. Times are epoch milliseconds. */
export type SmartCampaignService = {
  byIds(
    viewer: Viewer,
    ids: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly (ShownSmartCampaign | null)[]>;
  /** All, by id. */
  list(
    viewer: Viewer,
    question: { readonly first?: Optional<number>; readonly after?: Optional<string> },
    signal: AbortSignal,
  ): Promise<Page<ShownSmartCampaign>>;
  /** Every fault of a definition. */
  validate(viewer: Viewer, definition: DefinitionInput, signal: AbortSignal): Promise<readonly Fault[]>;
  create(viewer: Viewer, input: NewCampaign, signal: AbortSignal): Promise<CampaignOutcome>;
  /** Changes name, description and draft. Versions stay as they are. */
  update(viewer: Viewer, input: CampaignChange, signal: AbortSignal): Promise<CampaignOutcome>;
  /** Puts the draft in force as the next version. The same draft again changes nothing. */
  activate(viewer: Viewer, id: string, signal: AbortSignal): Promise<CampaignOutcome>;
  deactivate(viewer: Viewer, id: string, signal: AbortSignal): Promise<ShownSmartCampaign>;
  /** Makes a new campaign with the draft of another. */
  clone(viewer: Viewer, id: string, name: string, signal: AbortSignal): Promise<CampaignOutcome>;
  /** Deletes a campaign that was never active and that no other campaign names. */
  remove(viewer: Viewer, id: string, signal: AbortSignal): Promise<void>;
  /** Changes the schedule, and puts the draft in force with it. */
  schedule(
    viewer: Viewer,
    id: string,
    schedule: ScheduleInput,
    signal: AbortSignal,
  ): Promise<CampaignOutcome>;
};

const MAX_PAGE = 200;
const DEFAULT_PAGE = 20;

export function createSmartCampaigns(
  ports: CampaignPorts,
  judge: ReturnType<typeof createJudge>,
): SmartCampaignService {
  const { campaigns, now } = ports;
  const storeOf = ({ tenant }: Viewer, id: string, signal: AbortSignal): Store<SmartCampaign> => ({
    async read() {
      const [campaign] = await campaigns.get(tenant, [id], signal);
      if (!campaign) throw notFound('campaign', 'id');
      return campaign;
    },
    write: (next) => campaigns.put(tenant, next, signal),
  });
  const shown = (viewer: Viewer, campaign: SmartCampaign): CampaignOutcome => ({
    campaign: showCampaign(viewer, campaign, now()),
    faults: [],
  });
  const refused = (faults: readonly Fault[]): CampaignOutcome => ({ campaign: null, faults });

  const add = async (
    viewer: Viewer,
    named: Pick<SmartCampaign, 'name' | 'description' | 'draft'>,
    signal: AbortSignal,
  ): Promise<CampaignOutcome> => {
    const { length } = await campaigns.all(viewer.tenant, signal);
    if (length >= MAX_CAMPAIGNS)
      throw badInput(
        `There are ${length} campaigns, and no more are allowed. Delete some that were never active.`,
      );
    const at = now();
    const campaign = { id: newId(), ...named, versions: [], createdAt: at, updatedAt: at, revision: 1 };
    await campaigns.put(viewer.tenant, campaign, signal);
    return shown(viewer, campaign);
  };

  /** Puts the next run of a batch campaign into the queue, where it may be already. */
  const addBatch = async (tenant: Tenant, { id, versions }: SmartCampaign, signal: AbortSignal) => {
    const version = versions.at(-1);
    const at = version && firstTime(version);
    if (version && at !== null && at !== undefined)
      await ports.runs.add(tenant, [batchDecision(tenant.id, id, version, at)], signal);
  };

  const activate = async (
    viewer: Viewer,
    id: string,
    draftOf: (campaign: SmartCampaign) => CampaignDefinition,
    signal: AbortSignal,
  ): Promise<CampaignOutcome> => {
    const store = storeOf(viewer, id, signal);
    const draft = draftOf(await store.read());
    const faults = await judge.stored(viewer, id, draft, signal);
    if (faults.length > 0) return refused(faults);
    const activated = await activateAt(store, now, (latest, at) => {
      const last = latest.versions.at(-1);
      const isSame = JSON.stringify(last?.definition) === JSON.stringify(draft);
      if (isActive(latest) && isSame) return latest;
      return { ...latest, draft, versions: withVersion(latest.versions, draft, at) };
    });
    await addBatch(viewer.tenant, activated, signal);
    return shown(viewer, activated);
  };

  return {
    async byIds(viewer, ids, signal) {
      const found = await campaigns.get(viewer.tenant, ids, signal);
      return found.map((campaign) => campaign && showCampaign(viewer, campaign, now()));
    },

    async list(viewer, question, signal) {
      const first = pageSize(question.first, MAX_PAGE, DEFAULT_PAGE);
      const scope: CursorScope = { tenantId: viewer.tenant.id, query: ['smartCampaigns'] };
      const after = question.after ? String(decodeCursor(scope, question.after)[0]) : '';
      const all = (await campaigns.all(viewer.tenant, signal)).filter(({ id }) => id > after);
      return {
        items: all.slice(0, first).map((campaign) => showCampaign(viewer, campaign, now())),
        hasNextPage: all.length > first,
        cursorOf: ({ id }) => encodeCursor(scope, [id]),
      };
    },

    validate: async (viewer, definition, signal) =>
      (await judge.definition(viewer, null, definition, signal)).faults,

    async create(viewer, { name, description, definition }, signal) {
      const judged = await judge.definition(viewer, null, definition, signal);
      const faults = [...namingFaults(name, description ?? ''), ...judged.faults];
      if (faults.length > 0) return refused(faults);
      return add(viewer, { name, description: description ?? '', draft: judged.value }, signal);
    },

    async update(viewer, { id, revision, name, description, definition }, signal) {
      const store = storeOf(viewer, id, signal);
      const before = await store.read();
      if (before.revision !== revision) throw staleRevision();
      const judged = definition && (await judge.definition(viewer, id, definition, signal));
      const faults = [...namingFaults(name ?? undefined, description ?? ''), ...(judged?.faults ?? [])];
      if (faults.length > 0) return refused(faults);
      const next: SmartCampaign = {
        ...before,
        name: name ?? before.name,
        description: description ?? before.description,
        draft: judged?.value ?? before.draft,
        updatedAt: now(),
        revision: revision + 1,
      };
      if (!(await store.write(next))) throw staleRevision();
      return shown(viewer, next);
    },

    activate: (viewer, id, signal) => activate(viewer, id, ({ draft }) => draft, signal),

    async deactivate(viewer, id, signal) {
      const campaign = await activateAt(storeOf(viewer, id, signal), now, (latest, at) =>
        isActive(latest) ? { ...latest, versions: ended(latest.versions, at) } : latest,
      );
      return showCampaign(viewer, campaign, now());
    },

    async clone(viewer, id, name, signal) {
      const { draft, description } = await storeOf(viewer, id, signal).read();
      const faults = namingFaults(name);
      return faults.length > 0 ? refused(faults) : add(viewer, { name, description, draft }, signal);
    },

    async remove(viewer, id, signal) {
      const all = await campaigns.all(viewer.tenant, signal);
      const naming = all.find(
        (other) => other.id !== id && namesCampaign(runningDefinition(other, now()), id),
      );
      if (naming) throw badInput('Another campaign names this one in its flow. Change that first.', 'id');
      const store = storeOf(viewer, id, signal);
      await changeLatest(
        { ...store, write: (next) => campaigns.remove(viewer.tenant, next, signal) },
        (latest) => {
          if (latest.versions.length > 0)
            throw badInput('A campaign that was active stays, with its runs. Deactivate it instead.', 'id');
          return { ...latest };
        },
      );
    },

    schedule: (viewer, id, { at, everyDays }, signal) =>
      activate(
        viewer,
        id,
        ({ draft }) => ({ ...draft, schedule: { at: at.getTime(), everyDays: everyDays ?? null } }),
        signal,
      ),
  };
}
