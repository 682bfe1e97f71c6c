import type { Entry } from './catalogue/entry.ts';
import { firstDifference, isEmptyAnswer } from './compare.ts';
import { type Loaded, recorded } from './run.ts';

/** What one profile made of the history and the catalogue. */
export type Outcome = {
  readonly loaded: Loaded;
  /** Milliseconds by question. */
  readonly times: ReadonlyMap<string, number>;
  /** Where its answers are. */
  readonly directory: string;
};

/** What came of one question, or of what was sent: nothing where all profiles agree. */
export type Compared = {
  readonly name: string;
  /** By profile that disagrees with the first: the first difference. */
  readonly differences: ReadonlyMap<string, string>;
};

/** The first difference in what two profiles took in and refused; undefined where there is none. */
export const differenceInTaken = (one: Outcome, other: Outcome): string | undefined =>
  firstDifference(taken(one.loaded), taken(other.loaded));

/** The first difference in two profiles' answers to a question; undefined where there is none. */
export const differenceIn = async (
  { name }: Entry,
  one: Outcome,
  other: Outcome,
): Promise<string | undefined> =>
  firstDifference(await recorded(one.directory, name), await recorded(other.directory, name));

/** What is wrong with an answer by itself: it finds nothing where it should, or the other way round. */
export async function faultIn({ name, isEmpty }: Entry, { directory }: Outcome): Promise<string | undefined> {
  const answer = await recorded(directory, name);
  if (isEmptyAnswer(answer) === isEmpty) return undefined;
  return `${isEmpty ? 'finds what it should not' : 'finds nothing'}: ${JSON.stringify(answer).slice(0, 300)}`;
}

/** Holds all profiles against the first: what they took in, and every answer. */
export async function compareAnswers(
  entries: readonly Entry[],
  outcomes: ReadonlyMap<string, Outcome>,
): Promise<Compared[]> {
  const [[first, reference], ...others] = [...outcomes] as [[string, Outcome], ...[string, Outcome][]];
  const ofTaken = new Map<string, string>();
  for (const [profile, outcome] of others) {
    const difference = differenceInTaken(reference, outcome);
    if (difference) ofTaken.set(profile, difference);
  }
  const compared: Compared[] = [{ name: 'what was taken in and what was refused', differences: ofTaken }];
  for (const entry of entries) {
    const differences = new Map<string, string>();
    const fault = await faultIn(entry, reference);
    if (fault) differences.set(first, fault);
    for (const [profile, outcome] of others) {
      const difference = await differenceIn(entry, reference, outcome);
      if (difference) differences.set(profile, difference);
    }
    compared.push({ name: entry.name, differences });
  }
  return compared;
}

/** As an answer, what a sender is told: all that does not depend on what a process remembers of repeats. */
const taken = ({ verdicts, expected }: Loaded) => ({
  pages: Object.values(verdicts).map(({ items, taken, rejected }) => ({
    data: { items, taken, rejected, expected },
    errors: [],
  })),
});

export const differencesOf = (compared: readonly Compared[]): number =>
  compared.filter(({ differences }) => differences.size > 0).length;

/** For people: a line for each question, then what was sent and how long it took. */
export function outcomeTable(outcomes: ReadonlyMap<string, Outcome>, compared: readonly Compared[]): string {
  const names = [...outcomes.keys()];
  const width = Math.max(...compared.map(({ name }) => name.length));
  const time = (profile: string, name: string): string => {
    const ms = outcomes.get(profile)?.times.get(name);
    return (ms === undefined ? '' : `${ms.toFixed(0)} ms`).padStart(10);
  };
  const lines = [`${'question'.padEnd(width)}  ${names.map((name) => name.padStart(10)).join(' ')}  answers`];
  for (const { name, differences } of compared)
    lines.push(
      `${name.padEnd(width)}  ${names.map((profile) => time(profile, name)).join(' ')}  ${differences.size === 0 ? 'same' : 'DIFFERENT'}`,
      ...[...differences].map(([profile, difference]) => `    ${profile}: ${difference}`),
    );
  lines.push('');
  for (const [profile, { loaded }] of outcomes) {
    const { expected, seconds, verdicts } = loaded;
    const counts = Object.values(expected).map(({ activities }) => activities);
    const messages = counts.reduce((sum, count) => sum + count, 0);
    const parts = Object.values(verdicts);
    const sum = (of: (part: (typeof parts)[number]) => number) =>
      parts.reduce((all, part) => all + of(part), 0);
    lines.push(
      `${profile}: ${messages} activities (${counts.join(' + ')}) in ${sum(({ requests }) => requests)} requests of ${sum(({ items }) => items)} items, ` +
        `${sum(({ duplicates }) => duplicates)} told to be repeats, ${sum(({ rejected }) => rejected.length)} refused; ` +
        `sent in ${seconds.sending.toFixed(0)} s, settled ${seconds.settling.toFixed(0)} s after`,
    );
  }
  const different = differencesOf(compared);
  lines.push(
    `\n${compared.length - 1} questions to ${names.join(', ')}: ${different === 0 ? 'every answer is the same' : `${different} with a difference`}`,
  );
  return lines.join('\n');
}
