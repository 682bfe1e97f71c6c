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

/** Holds all profiles against the first: what they took in, and every answer. */
export async function compareAnswers(
  entries: readonly Entry[],
  outcomes: ReadonlyMap<string, Outcome>,
): Promise<Compared[]> {
  const [[first, reference], ...others] = [...outcomes] as [[string, Outcome], ...[string, Outcome][]];
  const compared = [
    {
      name: 'what was taken in and what was refused',
      differences: new Map(
        others.flatMap(([profile, { loaded }]) => {
          const found = firstDifference(taken(reference.loaded), taken(loaded));
          return found ? [[profile, found] as const] : [];
        }),
      ),
    },
  ];
  for (const { name, isEmpty } of entries) {
    const answer = await recorded(reference.directory, name);
    const differences = new Map<string, string>();
    if (isEmptyAnswer(answer) !== isEmpty)
      differences.set(
        first,
        isEmpty ? 'finds what it should not' : `finds nothing: ${JSON.stringify(answer).slice(0, 300)}`,
      );
    for (const [profile, { directory }] of others) {
      const found = firstDifference(answer, await recorded(directory, name));
      if (found) differences.set(profile, found);
    }
    compared.push({ name, differences });
  }
  return compared;
}

/** As an answer, what a sender is told: all that does not depend on what a process remembers of repeats. */
const taken = ({ verdicts, firsts }: Loaded) => ({
  pages: Object.values(verdicts).map(({ items, taken, rejected }) => ({
    data: { items, taken, rejected, firsts },
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
    const { firsts, seconds, verdicts } = loaded;
    const messages = Object.values(firsts).reduce((sum, count) => sum + count, 0);
    const parts = Object.values(verdicts);
    const sum = (of: (part: (typeof parts)[number]) => number) =>
      parts.reduce((all, part) => all + of(part), 0);
    lines.push(
      `${profile}: ${messages} activities (${Object.values(firsts).join(' + ')}) in ${sum(({ requests }) => requests)} requests of ${sum(({ items }) => items)} items, ` +
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
