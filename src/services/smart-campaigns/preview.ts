import { privacyOf } from '../../auth/privacy.ts';
import type { Viewer } from '../../auth/viewer.ts';
import { judgeFilter } from '../../campaigns/judge-run.ts';
import { templateValues } from '../../campaigns/template-values.ts';
import type { Activity } from '../../domain/activity.ts';
import { fires } from '../../domain/campaigns/decision.ts';
import type { CampaignDefinition, FlowAction, LeadList, PersonFilter } from '../../domain/campaigns/model.ts';
import { mayEnter } from '../../domain/campaigns/qualification.ts';
import type { Fault } from '../../domain/campaigns/validation/fault.ts';
import type { ActivityFilter } from '../../domain/filter.ts';
import type { ActivityId } from '../../domain/ids.ts';
import type { Json } from '../../domain/json.ts';
import type { LeadKey, Person } from '../../domain/lead.ts';
import { badInput } from '../../lib/errors.ts';
import { parseTemplate, renderTemplate, TemplateError } from '../../lib/templates.ts';
import type { createJudge } from './judge-input.ts';
import type { CampaignPorts } from './ports.ts';
import type { DefinitionInput } from './reading/input.ts';

export type PreviewEntry = {
  readonly leadKey: LeadKey;
  readonly activityId: ActivityId;
  readonly at: number;
};
/** A message that would be sent; `fault` where a template could not be filled. */
export type PreviewMail = {
  readonly leadKey: LeadKey;
  readonly path: string;
  readonly to: string | null;
  readonly subject: string;
  readonly text: string;
  readonly html: string | null;
  readonly fault: string | null;
};

/** The entries and mails that a campaign would have had. Times are epoch milliseconds. */
export type Preview = {
  readonly faults: readonly Fault[];
  /** Activities that were looked at, and those that fired a trigger. */
  readonly activities: number;
  readonly fired: number;
  readonly entered: number;
  readonly filtered: number;
  readonly notQualified: number;
  /** The first of those who would have entered. */
  readonly entries: readonly PreviewEntry[];
  /** Of the first entries; null without `leads:pii`. */
  readonly mails: readonly PreviewMail[] | null;
  /** False where there was more than a preview looks at. */
  readonly isComplete: boolean;
};

export type PreviewCampaign = (
  viewer: Viewer,
  question: { readonly definition: DefinitionInput; readonly from: Date; readonly to: Date },
  signal: AbortSignal,
) => Promise<Preview>;

const MAX_ACTIVITIES = 10_000;
const PAGE = 500;
/** A preview ends after so long, in milliseconds, and says that it is not complete. */
const MAX_MS = 8_000;
const MAX_ENTRIES = 1_000;
const MAX_MAILS = 5;

const NOTHING = {
  activities: 0,
  fired: 0,
  entered: 0,
  filtered: 0,
  notQualified: 0,
  entries: [],
  mails: null,
  isComplete: false,
};

export function createPreview(ports: CampaignPorts, judge: ReturnType<typeof createJudge>): PreviewCampaign {
  return async (viewer, { definition: input, from, to }, signal) => {
    if (!(from < to)) throw badInput("'from' must be before 'to'.", 'from');
    const { value: definition, faults } = await judge.definition(viewer, null, input, signal);
    if (faults.length > 0) return { faults, ...NOTHING };
    const endsAt = performance.now() + MAX_MS;
    const isLate = (): boolean => performance.now() > endsAt;
    const range = { gte: from.getTime(), lt: to.getTime() };
    const read = await readActivities(ports, viewer, definition, range, isLate, signal);
    const persons = new Map<LeadKey, Person | null>();
    const simulation = new Simulation(ports, viewer, definition);
    for (const activity of read.activities) {
      if (isLate()) break;
      simulation.seen += 1;
      if (!definition.triggers.some((trigger) => fires(trigger, activity))) continue;
      let person = persons.get(activity.leadKey);
      if (person === undefined) {
        [person = null] = await ports.store.persons(viewer.tenant, [activity.leadKey], signal);
        persons.set(activity.leadKey, person);
      }
      if (person) await simulation.take(activity, person, signal);
    }
    const { counts, entries, mails, seen } = simulation;
    return {
      faults,
      activities: seen,
      ...counts,
      entries,
      mails: privacyOf(viewer).pii ? mails : null,
      isComplete: read.isComplete && seen === read.activities.length,
    };
  };
}

/** The activities of the triggers' types between two times of arrival, by arrival. */
async function readActivities(
  { search, store }: CampaignPorts,
  { tenant }: Viewer,
  { triggers }: CampaignDefinition,
  range: { readonly gte: number; readonly lt: number },
  isLate: () => boolean,
  signal: AbortSignal,
): Promise<{ readonly activities: Activity[]; readonly isComplete: boolean }> {
  const activities: Activity[] = [];
  if (triggers.length === 0) return { activities, isComplete: true };
  const byTrigger = triggers.map(
    ({ type, filter, includeBots }): ActivityFilter => ({
      op: 'and',
      filters: [
        { op: 'in', field: 'type', values: [type] },
        ...(filter ? [filter] : []),
        ...(includeBots ? [] : [{ op: 'isBot', value: false } as const]),
      ],
    }),
  );
  const filter: ActivityFilter = {
    op: 'and',
    filters: [
      { op: 'time', field: 'receivedAt', range },
      { op: 'or', filters: byTrigger },
    ],
  };
  let after: readonly Json[] | null = null;
  let isComplete = false;
  while (!isComplete && activities.length < MAX_ACTIVITIES && !isLate()) {
    const page: Awaited<ReturnType<typeof search.searchActivities>> = await search.searchActivities(
      tenant,
      { ...WANTED, filter, after },
      signal,
    );
    const ids = page.hits.map(({ id }) => id);
    // The index may name activities that the store no longer has.
    const found = await store.activities(tenant, ids, signal);
    activities.push(...found.filter((activity) => activity !== null));
    after = page.hits.at(-1)?.position ?? null;
    isComplete = !page.hasNextPage;
  }
  activities.sort((a, b) => a.receivedAt - b.receivedAt || (a.id < b.id ? -1 : 1));
  return { activities: activities.slice(0, MAX_ACTIVITIES), isComplete };
}

const WANTED = {
  query: null,
  sort: 'OLDEST',
  first: PAGE,
  highlight: false,
  total: null,
  pii: true,
  facets: [],
} as const;

/** Takes persons in as the campaign would, one trigger after the other. */
class Simulation {
  seen = 0;
  readonly counts = { fired: 0, entered: 0, filtered: 0, notQualified: 0 };
  readonly entries: PreviewEntry[] = [];
  readonly mails: PreviewMail[] = [];
  readonly #last = new Map<LeadKey, number>();
  readonly #lists = new Map<string, LeadList | null>();
  readonly #ports: CampaignPorts;
  readonly #viewer: Viewer;
  readonly #definition: CampaignDefinition;

  constructor(ports: CampaignPorts, viewer: Viewer, definition: CampaignDefinition) {
    this.#ports = ports;
    this.#viewer = viewer;
    this.#definition = definition;
  }

  async take(activity: Activity, person: Person, signal: AbortSignal): Promise<void> {
    this.counts.fired += 1;
    const { filter, qualification } = this.#definition;
    const { key } = person.lead;
    if (filter && !(await this.#holds(filter, activity, person, signal))) this.counts.filtered += 1;
    else if (!mayEnter(qualification, this.#last.get(key) ?? null, activity.receivedAt))
      this.counts.notQualified += 1;
    else {
      this.#last.set(key, activity.receivedAt);
      this.counts.entered += 1;
      const entry = { leadKey: key, activityId: activity.id, at: activity.receivedAt };
      if (this.entries.length < MAX_ENTRIES) this.entries.push(entry);
      if (this.mails.length < MAX_MAILS && privacyOf(this.#viewer).pii)
        await this.#write(activity, person, signal);
    }
  }

  async #holds(filter: PersonFilter, at: Activity, person: Person, signal: AbortSignal): Promise<boolean> {
    const question = { person, filter, at };
    return (await judgeFilter(this.#ports, this.#viewer.tenant, question, signal, this.#lists)).result.holds;
  }

  /** The mails of the whole flow, with the choices as they would be at the trigger. */
  async #write(activity: Activity, person: Person, signal: AbortSignal): Promise<void> {
    for (const [index, { choices, otherwise }] of this.#definition.flow.entries()) {
      let action: FlowAction | null = otherwise;
      for (const choice of choices)
        if (await this.#holds(choice.when, activity, person, signal)) {
          action = choice.action;
          break;
        }
      if (action?.type === 'sendEmail' && this.mails.length < MAX_MAILS)
        this.mails.push(await filled(action, String(index), activity, person));
    }
  }
}

async function filled(
  { email }: Extract<FlowAction, { type: 'sendEmail' }>,
  path: string,
  activity: Activity,
  { lead }: Person,
): Promise<PreviewMail> {
  const values = templateValues({ id: '', name: '' }, lead, activity);
  const fill = (source: string, html = false) => renderTemplate(parseTemplate(source, html), values);
  const mail = { leadKey: lead.key, path, to: lead.email };
  try {
    return {
      ...mail,
      subject: await fill(email.subject),
      text: await fill(email.text),
      html: email.html === null ? null : await fill(email.html, true),
      fault: null,
    };
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return { ...mail, subject: '', text: '', html: null, fault: error.message };
  }
}
