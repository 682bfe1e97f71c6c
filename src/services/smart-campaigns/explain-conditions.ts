import type { Judgement } from '../../campaigns/judge-run.ts';
import type { Activity } from '../../domain/activity.ts';
import { holds, ownValue } from '../../domain/campaigns/activity-condition.ts';
import type { LeadList, PersonFilter } from '../../domain/campaigns/model.ts';
import type { ConditionResult } from '../../domain/campaigns/person-condition.ts';
import { MASK } from '../../domain/email/text.ts';
import type { ActivityFilter } from '../../domain/filter.ts';
import type { Json } from '../../domain/json.ts';
import { isoTime } from '../../domain/time/iso-time.ts';

/** A condition with its answer. `depth`: levels above it. */
export type ExplainedCondition = {
  readonly path: string;
  readonly depth: number;
  /** In plain words. */
  readonly condition: string;
  /** Null where the viewer may not know. */
  readonly holds: boolean | null;
  /** The actual value; null where there is none or the viewer may not know. */
  readonly actual: string | null;
};

const textOf = (value: Json | undefined): string =>
  value === undefined ? 'nothing' : value === null ? 'null' : JSON.stringify(value);
const listOf = (values: readonly Json[]): string => values.map(textOf).join(' or ');
const boundsOf = (range: Readonly<Record<string, number>>, show: (value: number) => string): string =>
  Object.entries(range)
    .map(([bound, value]) => `${BOUND_WORDS[bound] ?? bound} ${show(value)}`)
    .join(' and ');
const BOUND_WORDS: Readonly<Record<string, string>> = {
  gt: 'more than',
  gte: 'at least',
  lt: 'less than',
  lte: 'at most',
};

/** The conditions of a filter from the top down, with actual values. @param pii whether the viewer may see them */
export function explainConditions(
  original: PersonFilter,
  { result, facts }: Judgement,
  lists: ReadonlyMap<string, LeadList | null>,
  pii: boolean,
): ExplainedCondition[] {
  const explained: ExplainedCondition[] = [];
  const actualOf = (filter: PersonFilter): string | null => {
    switch (filter.op) {
      case 'trait':
        return textOf(ownValue(facts.traits, filter.name));
      case 'identity':
        return filter.field === 'email' ? textOf(facts.email ?? undefined) : listOf(facts.externalIds);
      case 'isKnown':
        return facts.externalIds.length > 0 ? 'known' : 'only a device';
      case 'did': {
        const count = facts.counts.get(filter) ?? 0;
        return `${count}${count >= (filter.atMost ?? filter.atLeast) && count > 0 ? ' or more' : ''}`;
      }
      default:
        return null;
    }
  };
  const visit = (filter: PersonFilter, judged: ConditionResult, path: string, depth: number): void => {
    const isHidden =
      !pii && (filter.op === 'trait' || (filter.op === 'identity' && filter.field === 'email'));
    explained.push({
      path,
      depth,
      condition: wordsOf(filter, lists, pii),
      holds: isHidden ? null : judged.holds,
      actual: isHidden ? null : actualOf(filter),
    });
    if (filter.op === 'inList' && judged.condition.op !== 'inList') {
      if (lists.get(filter.listId)) visit(judged.condition, judged, `${path}.inList`, depth + 1);
      return;
    }
    const parts = filter.op === 'not' ? [filter.filter] : 'filters' in filter ? filter.filters : [];
    parts.forEach((part, index) => {
      const below = judged.parts[index];
      const at = filter.op === 'not' ? `${path}.not` : `${path}.${filter.op}[${index}]`;
      if (below) visit(part, below, at, depth + 1);
    });
  };
  visit(original, result, 'filter', 0);
  return explained;
}

function wordsOf(filter: PersonFilter, lists: ReadonlyMap<string, LeadList | null>, pii: boolean): string {
  switch (filter.op) {
    case 'and':
      return 'all of these hold';
    case 'or':
      return 'at least one of these holds';
    case 'not':
      return 'this does not hold';
    case 'isKnown':
      return filter.value ? 'the person is known by an id' : 'only a device is known';
    case 'inList': {
      const list = lists.get(filter.listId);
      return list ? `is in the list '${list.name}'` : 'is in a list that was deleted';
    }
    case 'identity':
      return `${filter.field === 'email' ? 'the e-mail address' : 'the id'} is ${pii ? listOf(filter.values) : MASK}`;
    case 'did': {
      const { atLeast, atMost, within } = filter;
      const times =
        atMost === null
          ? `at least ${atLeast} times`
          : atLeast === atMost
            ? `exactly ${atLeast} times`
            : `${atLeast} to ${atMost} times`;
      const span = within ? ` within ${within.amount} ${within.unit.toLowerCase()}` : '';
      return `did '${filter.type}' ${times}${span}${filter.filter ? `, where ${activityWords(filter.filter)}` : ''}`;
    }
    case 'trait':
      return `the trait '${filter.name}' ${pii || filter.test === 'exists' ? testWords(filter) : `is ${MASK}`}`;
    default:
      return filter satisfies never;
  }
}

type Tested = Extract<PersonFilter, { op: 'trait' }> | Extract<ActivityFilter, { op: 'attribute' }>;

function testWords(filter: Tested): string {
  switch (filter.test) {
    case 'in':
      return `is ${listOf(filter.values)}`;
    case 'range':
      return `is ${boundsOf({ ...filter.range }, String)}`;
    case 'exists':
      return filter.value ? 'has a value' : 'has no value';
    case 'prefix':
      return `begins with ${textOf(filter.value)}`;
    case 'contains':
      return `contains ${textOf(filter.value)}`;
    default:
      return filter satisfies never;
  }
}

function activityWords(filter: ActivityFilter): string {
  switch (filter.op) {
    case 'and':
    case 'or':
      return `(${filter.filters.map(activityWords).join(` ${filter.op} `)})`;
    case 'not':
      return `not ${activityWords(filter.filter)}`;
    case 'isBot':
      return filter.value ? 'a robot did it' : 'no robot did it';
    case 'in':
      return `'${filter.field}' is ${listOf(filter.values)}`;
    case 'time':
      return `'${filter.field}' is ${boundsOf({ ...filter.range }, isoTime)}`;
    case 'attribute':
      return `'${filter.name}' ${testWords(filter)}`;
    default:
      return filter satisfies never;
  }
}

/** The conditions for which an activity does not pass a filter, in plain words: of `or` and `not` the whole. */
export function failedConditions(filter: ActivityFilter, activity: Activity): string[] {
  if (holds(filter, activity)) return [];
  if (filter.op === 'and') return filter.filters.flatMap((part) => failedConditions(part, activity));
  return [activityWords(filter)];
}
