import { type Privacy, privacyOf } from '../../auth/privacy.ts';
import type { Viewer } from '../../auth/viewer.ts';
import { TOKENS_NOTE } from '../../campaigns/template-values.ts';
import type { Run, RunStatus, RunStep } from '../../datasources/campaign-runs/port.ts';
import { decisionId } from '../../domain/campaigns/decision.ts';
import { versionAt } from '../../domain/campaigns/model.ts';
import { orderOf } from '../../domain/campaigns/priority.ts';
import { type CursorScope, decodeCursor, encodeCursor } from '../../domain/cursor.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { LeadKey } from '../../domain/lead.ts';
import { boundedList, type Optional, pageSize } from '../../lib/bounds.ts';
import { badInput } from '../../lib/errors.ts';
import type { Page } from '../page.ts';
import { notFound } from './changes.ts';
import type { CampaignPorts } from './ports.ts';

export type ShownRun = Run;

type RunsQuestion = {
  readonly campaignId?: Optional<string>;
  readonly leadKey?: Optional<LeadKey>;
  readonly statuses?: Optional<readonly RunStatus[]>;
  readonly first?: Optional<number>;
  readonly after?: Optional<string>;
};

type CampaignRequest = {
  readonly campaignId: string;
  readonly leads: readonly LeadKey[];
  /** The caller's name of the request. The same again starts nothing again. */
  readonly requestId: string;
  /** Another name of the request. Runs that it started are this request's. */
  readonly formerRequestId?: string;
  /** Values for templates, as `my`. */
  readonly tokens?: Readonly<Record<string, string>>;
};
/** A run of a lead; null for a lead that the tenant doesn't have. */
type RequestOutcome = { readonly leadKey: LeadKey; readonly run: Run | null };

/** Runs of campaigns as a viewer may see them. */
export type RunService = {
  byId(viewer: Viewer, id: string, signal: AbortSignal): Promise<Run | null>;
  /** Runs of a campaign or of a person or both, the latest first. */
  list(viewer: Viewer, question: RunsQuestion, signal: AbortSignal): Promise<Page<Run>>;
  /** The steps of a run, in the order they were done. */
  steps(
    viewer: Viewer,
    runId: string,
    question: { readonly first?: Optional<number>; readonly after?: Optional<string> },
    signal: AbortSignal,
  ): Promise<Page<RunStep>>;
  /** Starts a campaign that can be requested. */
  request(viewer: Viewer, request: CampaignRequest, signal: AbortSignal): Promise<readonly RequestOutcome[]>;
  /** Gives a failed run to the queue again, at the step that failed. */
  replay(viewer: Viewer, id: string, signal: AbortSignal): Promise<Run>;
};

const MAX_PAGE = 200;
const DEFAULT_PAGE = 20;
const MAX_LEADS = 100;
const MAX_REQUEST_ID = 200;

export function createRuns({ campaigns, runs, store, now }: CampaignPorts): RunService {
  const byId = async (viewer: Viewer, id: string, signal: AbortSignal): Promise<Run | null> => {
    const [run] = await runs.get(viewer.tenant, [id], signal);
    return run ? shownRun(privacyOf(viewer), run) : null;
  };
  return {
    byId,

    async list(viewer, { campaignId = null, leadKey = null, statuses = null, ...question }, signal) {
      const { tenant } = viewer;
      if (campaignId === null && leadKey === null)
        throw badInput("Say whose runs: set 'campaignId' or 'leadId'.");
      const first = pageSize(question.first, MAX_PAGE, DEFAULT_PAGE);
      const query = ['campaignRuns', campaignId, leadKey, statuses && [...new Set(statuses)].sort()];
      const scope: CursorScope = { tenantId: tenant.id, query };
      const [person] = leadKey === null ? [] : await store.persons(tenant, [leadKey], signal);
      const after = question.after ? positionOf(scope, question.after) : null;
      const personKey = leadKey === null ? null : (person?.lead.key ?? leadKey);
      const found = await runs.list(
        tenant,
        { campaignId, personKey, statuses, first: first + 1, after },
        signal,
      );
      return {
        items: found.slice(0, first).map((run) => shownRun(privacyOf(viewer), run)),
        hasNextPage: found.length > first,
        cursorOf: ({ receivedAt, id }) => encodeCursor(scope, [receivedAt, id]),
      };
    },

    async steps(viewer, runId, question, signal) {
      const privacy = privacyOf(viewer);
      const first = pageSize(question.first, MAX_PAGE, DEFAULT_PAGE);
      const scope: CursorScope = { tenantId: viewer.tenant.id, query: ['CampaignRun.steps', runId] };
      const skipped = question.after ? Number(decodeCursor(scope, question.after)[0]) : 0;
      const all = await runs.steps(viewer.tenant, runId, signal);
      const items = all.slice(skipped, skipped + first).map((step) => shownStep(privacy, step));
      return {
        items,
        hasNextPage: all.length > skipped + first,
        cursorOf: (item) => encodeCursor(scope, [skipped + items.indexOf(item) + 1]),
      };
    },

    async request({ tenant }, { campaignId, leads, requestId, formerRequestId, tokens }, signal) {
      if (requestId === '' || requestId.length > MAX_REQUEST_ID)
        throw badInput(`This must have 1 to ${MAX_REQUEST_ID} characters.`, 'requestId');
      boundedList(leads, MAX_LEADS, 'leadIds');
      const [campaign] = await campaigns.get(tenant, [campaignId], signal);
      if (!campaign) throw notFound('campaign', 'campaignId');
      const at = now();
      const version = versionAt(campaign, at);
      if (!version) throw badInput('This campaign is not active. Activate it first.', 'campaignId');
      const { definition } = version;
      if (!definition.isRequestable)
        throw badInput("This campaign can not be requested. Set its 'isRequestable' first.", 'campaignId');
      const persons = await store.persons(tenant, leads, signal);
      const keys = persons.flatMap((person) => person?.lead.key ?? []);
      const idOf = (name: string, key: LeadKey): string =>
        decisionId(tenant.id, campaignId, `request\0${name}\0${key}`);
      const formerIds = formerRequestId === undefined ? [] : keys.map((key) => idOf(formerRequestId, key));
      const former = (await runs.get(tenant, formerIds, signal)).flatMap((run) => run?.id ?? []);
      const decisions = persons.map((person) => {
        if (!person) return null;
        const { key } = person.lead;
        const earlier = formerIds[keys.indexOf(key)];
        return {
          id: earlier !== undefined && former.includes(earlier) ? earlier : idOf(requestId, key),
          campaignId,
          version: version.version,
          leadKey: key,
          activityId: null,
          occurredAt: at,
          receivedAt: at,
          depth: 0,
          order: orderOf(definition, at),
        };
      });
      const known = decisions.filter((decision) => decision !== null);
      // First: a run may begin as soon as it is added.
      if (tokens)
        await Promise.all(known.map(({ id }) => runs.intend(tenant, id, TOKENS_NOTE, tokens, signal)));
      await runs.add(tenant, known, signal);
      const ids = known.map(({ id }) => id);
      const found = await runs.get(tenant, ids, signal);
      const byDecision = new Map(ids.map((id, index) => [id, found[index] ?? null]));
      return leads.map((leadKey, index) => {
        const decision = decisions[index];
        return { leadKey, run: decision ? (byDecision.get(decision.id) ?? null) : null };
      });
    },

    async replay(viewer, id, signal) {
      if (!(await byId(viewer, id, signal))) throw notFound('run', 'id');
      if (!(await runs.replay(viewer.tenant, id, now(), signal)))
        throw badInput('This run has not failed. Only failed runs are replayed.', 'id');
      const run = await byId(viewer, id, signal);
      if (!run) throw notFound('run', 'id');
      return run;
    },
  };
}

function positionOf(scope: CursorScope, cursor: string): { receivedAt: number; id: string } {
  const [receivedAt, id] = decodeCursor(scope, cursor);
  if (typeof receivedAt !== 'number' || typeof id !== 'string')
    throw badInput('This cursor is broken.', 'after');
  return { receivedAt, id };
}

export const shownRun = (privacy: Privacy, run: Run): Run => ({
  ...run,
  reason: run.reason === null ? null : privacy.text(run.reason),
});

/** Details can hold values of traits, under any name. */
const shownStep = (privacy: Privacy, step: RunStep): RunStep => ({
  ...step,
  detail: privacy.original(step.detail) as JsonObject,
});
