import { privacyOf } from '../../auth/privacy.ts';
import type { Viewer } from '../../auth/viewer.ts';
import { judgeFilter } from '../../campaigns/judge-run.ts';
import type { Run, SendLimit } from '../../datasources/campaign-runs/port.ts';
import type { Activity } from '../../domain/activity.ts';
import { fires } from '../../domain/campaigns/decision.ts';
import { durationMs } from '../../domain/campaigns/duration.ts';
import {
  type CampaignDefinition,
  type LeadList,
  type Qualification,
  type Trigger,
  versionAt,
} from '../../domain/campaigns/model.ts';
import { mayEnter } from '../../domain/campaigns/qualification.ts';
import type { LeadKey, Person } from '../../domain/lead.ts';
import { isoTime } from '../../domain/time/iso-time.ts';
import { notFound } from './changes.ts';
import { type ExplainedCondition, explainConditions, failedConditions } from './explain-conditions.ts';
import type { CampaignPorts } from './ports.ts';
import { shownRun } from './runs.ts';

/** One of the person's latest activities against one trigger. */
export type TriedActivity = {
  readonly activity: Activity;
  readonly fired: boolean;
  readonly failed: readonly string[];
};
/** A limit of messages to a person, and those that were sent, counted to the limit. */
export type ExplainedLimit = SendLimit & { readonly sent: number };
export type ExplainedTrigger = {
  readonly type: string;
  readonly fired: boolean;
  /** The latest first. */
  readonly activities: readonly TriedActivity[];
};

/** Why somebody did or did not enter a campaign. Times are epoch milliseconds. */
export type Explanation = {
  /** Whether the person would enter at this moment, if a trigger fired or a request came. */
  readonly wouldEnter: boolean | null;
  /** The answer in plain sentences. */
  readonly sentences: readonly string[];
  /** Null while the campaign is not active: then the draft is explained. */
  readonly version: number | null;
  readonly triggers: readonly ExplainedTrigger[];
  /** The moment that the filter was judged at. */
  readonly judgedAt: number;
  readonly conditions: readonly ExplainedCondition[];
  readonly qualifies: boolean;
  readonly lastEntryAt: number | null;
  /** Null: never. */
  readonly nextEntryAt: number | null;
  readonly limits: readonly ExplainedLimit[];
  readonly runs: readonly Run[];
};

const LATEST = 20;
const MAX_RUNS = 20;

export type Explain = (
  viewer: Viewer,
  campaignId: string,
  leadKey: LeadKey,
  signal: AbortSignal,
) => Promise<Explanation>;

export function createExplain(ports: CampaignPorts): Explain {
  const { campaigns, store, runs, now } = ports;

  const latestActivities = async (
    { tenant }: Viewer,
    { lead }: Person,
    types: readonly string[],
    signal: AbortSignal,
  ): Promise<Activity[]> => {
    if (types.length === 0) return [];
    const request = { leadKey: lead.key, first: LATEST, after: null, from: null, to: null, details: true };
    const [page] = await store.timelines(tenant, [{ ...request, types }], signal);
    return (page?.activities ?? []) as Activity[];
  };

  const sentIn = async ({ tenant }: Viewer, person: Person, at: number, signal: AbortSignal) =>
    Promise.all(
      ports.sendLimits.map(async ({ limit, spanMs }) => {
        const request = { leadKey: person.lead.key, first: limit, after: null, types: ['Send Email'] };
        const span = { from: at - spanMs + 1, to: null, details: false };
        const [page] = await store.timelines(tenant, [{ ...request, ...span }], signal);
        return { limit, spanMs, sent: page?.activities.length ?? 0 };
      }),
    );

  return async (viewer, campaignId, leadKey, signal) => {
    const { tenant } = viewer;
    const [[campaign], [person]] = await Promise.all([
      campaigns.get(tenant, [campaignId], signal),
      store.persons(tenant, [leadKey], signal),
    ]);
    if (!campaign) throw notFound('campaign', 'campaignId');
    if (!person) throw notFound('lead', 'leadId');
    const at = now();
    const current = versionAt(campaign, at);
    const definition = current?.definition ?? campaign.draft;
    const privacy = privacyOf(viewer);
    const types = [...new Set(definition.triggers.map(({ type }) => type))];
    const activities = await latestActivities(viewer, person, types, signal);
    const triggers = definition.triggers.map((trigger) => tryTrigger(trigger, activities));
    const cause = activities.find((one) => definition.triggers.some((trigger) => fires(trigger, one)));
    const moment = cause ?? { occurredAt: at, receivedAt: at };
    const known = new Map<string, LeadList | null>();
    const [judgement, last, list, limits] = await Promise.all([
      definition.filter &&
        judgeFilter(ports, tenant, { person, filter: definition.filter, at: moment }, signal, known),
      runs.lastEntry(tenant, campaignId, person.lead.key, signal),
      runs.list(
        tenant,
        { campaignId, personKey: person.lead.key, statuses: null, first: MAX_RUNS, after: null },
        signal,
      ),
      definition.isOperational ? [] : sentIn(viewer, person, at, signal),
    ]);
    const conditions =
      definition.filter && judgement
        ? explainConditions(definition.filter, judgement, known, privacy.pii)
        : [];
    const qualifies = mayEnter(definition.qualification, last, at);
    const isHidden = conditions.some((condition) => condition.holds === null);
    const passes = judgement?.result.holds ?? true;
    const facts = {
      wouldEnter: isHidden ? null : current !== undefined && passes && qualifies,
      version: current?.version ?? null,
      triggers,
      judgedAt: moment.receivedAt,
      conditions: conditions.map((condition) => ({
        ...condition,
        condition: privacy.text(condition.condition),
        actual: condition.actual === null ? null : privacy.text(condition.actual),
      })),
      qualifies,
      lastEntryAt: last,
      nextEntryAt: nextEntry(definition.qualification, last, at),
      limits,
      runs: list.map((run) => shownRun(privacy, run)),
    };
    const sentences = sentencesOf(definition, facts, isHidden ? null : passes);
    return { ...facts, sentences: sentences.map(privacy.text) };
  };
}

function tryTrigger(trigger: Trigger, activities: readonly Activity[]): ExplainedTrigger {
  const tried = activities
    .filter(({ type }) => type === trigger.type)
    .map((activity): TriedActivity => {
      const fired = fires(trigger, activity);
      const robot = activity.isBot && !trigger.includeBots ? ['a robot did it'] : [];
      const failed = trigger.filter ? failedConditions(trigger.filter, activity) : [];
      return { activity, fired, failed: fired ? [] : [...robot, ...failed] };
    });
  return { type: trigger.type, fired: tried.some(({ fired }) => fired), activities: tried };
}

function nextEntry(qualification: Qualification, last: number | null, now: number): number | null {
  if (last === null || qualification.kind === 'EVERY_TIME') return now;
  return qualification.kind === 'ONCE' ? null : Math.max(now, last + durationMs(qualification.every));
}

function sentencesOf(
  definition: CampaignDefinition,
  facts: Omit<Explanation, 'sentences'>,
  passes: boolean | null,
): string[] {
  const sentences: string[] = [];
  if (facts.version === null)
    sentences.push('The campaign is not active, so nobody enters it. This explains its draft.');
  for (const { type, fired, activities } of facts.triggers) {
    const [latest] = activities;
    if (fired) sentences.push(`The trigger '${type}' fired.`);
    else if (!latest)
      sentences.push(`The trigger '${type}' did not fire: there is no such activity of this person.`);
    else
      sentences.push(
        `The trigger '${type}' did not fire. At the latest activity, ${isoTime(latest.activity.occurredAt)}, it failed because ${latest.failed.map((failed) => (failed === 'a robot did it' ? failed : `this is not so: ${failed}`)).join('; ')}.`,
      );
  }
  if (definition.triggers.length === 0)
    sentences.push(
      definition.schedule
        ? `The campaign has no triggers; it runs by its schedule, from ${isoTime(definition.schedule.at)} on.`
        : 'The campaign has no triggers; it starts when it is requested.',
    );
  if (definition.filter === null) sentences.push('The campaign has no filter: everybody passes.');
  else if (passes === null) sentences.push("The filter asks about personal data, which needs 'leads:pii'.");
  else if (passes) sentences.push('The person passes the filter.');
  else {
    const leaves = facts.conditions.filter(
      ({ holds, condition }) =>
        holds === false && !condition.endsWith('hold') && !condition.endsWith('holds'),
    );
    const reasons = leaves.map(({ condition, actual }) =>
      actual === null ? condition : `${condition} (it is ${actual})`,
    );
    sentences.push(
      `The person does not pass the filter. These do not hold: ${reasons.join('; ') || 'its negations'}.`,
    );
  }
  if (facts.lastEntryAt === null) sentences.push('The person has not entered before.');
  else
    sentences.push(
      `The person entered last at ${isoTime(facts.lastEntryAt)}${
        facts.nextEntryAt === null
          ? ', and may enter only once.'
          : facts.qualifies
            ? ', and may enter again.'
            : `, and may enter again from ${isoTime(facts.nextEntryAt)}.`
      }`,
    );
  for (const { limit, spanMs, sent } of facts.limits)
    if (sent >= limit)
      sentences.push(`The person got ${sent} mails within ${spanMs / 3_600_000} hours; more are not sent.`);
  return sentences;
}
