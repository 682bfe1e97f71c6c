/**
 * A rule of the house's English: a name for reports, and the pattern that breaks it. Questions may use words that
 * statements may not, unless the rule holds in questions too.
 */
type Rule = { readonly name: string; readonly pattern: RegExp; readonly inQuestions?: true };

/** The most words that a sentence may have. A list of code spans, an address and a quotation count as one word each. */
export const MAX_WORDS = 25;

const AUXILIARY =
  "(?:is|isn't|are|aren't|was|were|has|hasn't|had|have|does|doesn't|do|did|can|can't|cannot|could|may|might|must|will|would|should|needs?)";

/** Verbs that often follow a clause's subject in these texts; `what happens` is standard English and not among them. */
const VERB =
  '(?:accepts?|adds?|arrives?|arrived|asks?|begins?|belongs?|breaks?|calls?|came|comes?|costs?|counts?|depends?|fails?|failed|follows?|gets?|goes|got|gives?|holds?|keeps?|knows?|lacks?|makes?|matters?|names?|needs|only|reads?|runs?|says?|sends?|shows?|stands?|starts?|stays?|takes?|tells?|waits?|wants?|went|writes?)';

const AGE = 'new|old|\\w+er|same|good|bad|own|latest|first|last|next|former|known|empty|wrong|right';

/** Follows `one` where it stands for a noun: the end of a clause, a verb or a preposition, and not a noun. */
const NOUN_ENDS = `(?=[.,;:)]|$| (?:${AUXILIARY}|${VERB}|above|after|and|as|at|before|below|but|by|ends|for|from|has|in|it|of|on|or|than|then|to|when|where|with|without)\\b)`;

/** Banned patterns, in the order in which they are reported. */
const RULES: readonly Rule[] = [
  { name: 'a statement that begins with what, who or which', pattern: /^(?:What|Who|Which)\b/ },
  {
    name: 'what as a subject',
    pattern: new RegExp(`\\bwhat(?: only| else| all)? (?:${AUXILIARY}|${VERB})\\b`, 'i'),
  },
  {
    name: 'who without a noun',
    pattern: new RegExp(
      `(?:[,;:(] |\\b(?:for|of|to|by|from|with|than|after|before|and|or|but|that|when|if) )who (?:${AUXILIARY}|${VERB})\\b`,
    ),
  },
  {
    name: 'whoever, whatever as a subject',
    pattern: /\bwho(?:so)?ever\b|\bwhat(?:so)?ever (?:is|was|are|has|comes|goes)\b/i,
  },
  {
    name: 'of which, of whom, of what',
    pattern: /\bof (?:which|whom|what)\b|\bwhat of (?:it|them)\b|\bwhom\b/i,
  },
  {
    name: 'said or told instead of a speaker with an active verb',
    pattern: /\b(?:said|told)\b/i,
    inQuestions: true,
  },
  {
    name: 'gone instead of deleted, missing, disconnected or expired',
    pattern: /\bgone\b/i,
    inQuestions: true,
  },
  {
    name: 'a private word',
    pattern: /\b(?:horizons?|bury|buries|buried|owe[sd]?|owing|strays?|strayed|anew|nought)\b/i,
    inQuestions: true,
  },
  {
    name: 'nobody with a clause',
    pattern: /\bnobody(?: \w+){0,3} (?:who|that)\b/i,
    inQuestions: true,
  },
  {
    name: 'one as a noun',
    pattern: new RegExp(
      `\\bones\\b|\\bone (?:that|who|whose|which)\\b|\\b(?:the|this|that|another)(?: (?:${AGE}))? one${NOUN_ENDS}|\\ban? (?:${AGE}) one${NOUN_ENDS}`,
      'i',
    ),
    inQuestions: true,
  },
];

/** The number of words of a sentence; signs without a letter or digit are none. */
export const wordsOf = (sentence: string): number =>
  sentence.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;

/** The names of the rules that a sentence breaks, none if it is good. */
export function faultsOf(sentence: string): string[] {
  const isQuestion = /\?["”)]*$/.test(sentence);
  const words = wordsOf(sentence);
  return [
    ...(words > MAX_WORDS ? [`${words} words, at most ${MAX_WORDS}`] : []),
    ...RULES.filter(({ pattern, inQuestions }) => (!isQuestion || inQuestions) && pattern.test(sentence)).map(
      ({ name }) => name,
    ),
  ];
}
