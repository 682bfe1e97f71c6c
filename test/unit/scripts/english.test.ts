import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultsOf, MAX_WORDS, wordsOf } from '../../../scripts/english/rules.ts';
import { commentsOf, descriptionsOf, paragraphsOf, sentencesOf } from '../../../scripts/english/text.ts';

const BAD: Readonly<Record<string, string>> = {
  'What a home returns goes through as it is.': 'a statement that begins with what, who or which',
  'Who is told so must say how it went.': 'a statement that begins with what, who or which',
  'An answer holds what is known of the person.': 'what as a subject',
  'The library listens to the first, which who waits for the connection is told.':
    'said or told instead of a speaker with an active verb',
  'It sends one error for who waits.': 'who without a noun',
  'Refuses whoever comes later.': 'whoever, whatever as a subject',
  'The server keeps four, of which two are heavy.': 'of which, of whom, of what',
  'The sender is told to come back.': 'said or told instead of a speaker with an active verb',
  'A reference to an activity that is gone is null.':
    'gone instead of deleted, missing, disconnected or expired',
  'A reader waits for the horizon.': 'a private word',
  'The debts that a batch owes are paid later.': 'a private word',
  'All it does is for nobody who waits.': 'nobody with a clause',
  'A short disturbance is waited out; a longer one fails fast.': 'one as a noun',
  'The good ones are recorded.': 'one as a noun',
  'Give it an id, or one that was linked to it.': 'one as a noun',
};

const GOOD = [
  'It can emit two errors. The library handles the first; an unhandled second would crash the process.',
  'A lost response does not mean the commit failed.',
  'Without this limit an overloaded process works on requests whose clients have already timed out.',
  'Must be shorter than the client timeout; otherwise clients retry while their request is still queued.',
  'Callers that are allowed through must report success or failure.',
  'Wait out short outages; fail pending queries once an outage lasts longer than this.',
  'The cache is invisible to the garbage collector.',
  'The connection was closed by the peer rather than by us.',
  'People who opened an e-mail count once.',
  'What did this person do?',
  'The runbook describes what happens when an engine fails.',
  'Each answer belongs to the one tenant of the credential.',
  'Pass exactly one of the two.',
  'Write the code as `what is gone` and read "what was said" in the error.',
];

const sentences = (text: string) => paragraphsOf(text).flatMap(sentencesOf);

test('sentences that a native reader stumbles over break the rule that names why', () => {
  for (const [sentence, rule] of Object.entries(BAD)) assert.ok(faultsOf(sentence).includes(rule), sentence);
});

test('plain sentences break no rule', () => {
  for (const text of GOOD)
    for (const { text: sentence } of sentences(text)) assert.deepEqual(faultsOf(sentence), [], sentence);
});

test('a sentence has at most 25 words', () => {
  const words = Array.from({ length: MAX_WORDS }, (_, index) => `w${index}`);
  assert.deepEqual(faultsOf(`${words.join(' ')}.`), []);
  assert.deepEqual(faultsOf(`${words.join(' ')} more.`), ['26 words, at most 25']);
});

test('code, addresses and quotations count as one word, and a list of code as well', () => {
  const [only] = sentences('Set `A B C`, `D` or `E`, see https://example.com/a/b and "some other words".');
  assert.equal(wordsOf(only?.text ?? ''), 6);
});

test('markup ends no sentence, and every sentence has the line of its paragraph', () => {
  const page = [
    '# What next',
    '',
    'One. Two of',
    'three, e.g. four!',
    '| what | is told |',
    '```',
    'what is gone',
    '```',
    '',
    '    what is gone',
    '',
    '- **Item.** [Five](x.md) of 3.5',
  ];
  assert.deepEqual(sentences(page.join('\n')), [
    { line: 3, text: 'One.' },
    { line: 3, text: 'Two of three, e.g. four!' },
    { line: 12, text: 'Item.' },
    { line: 12, text: 'Five of 3.5' },
  ]);
});

test('doc comments and descriptions are found with their lines; other comments and strings are not', () => {
  const source =
    "// what is gone\nconst a = 'src/**/*.ts';\n/** First. */\nfoo();\n  /**\n   * Second\n   * third.\n   * @throws DomainError\n   */\n";
  assert.deepEqual(commentsOf(source), [
    { line: 3, text: 'First.' },
    { line: 6, text: 'Second third.' },
    { line: 8, text: 'DomainError' },
  ]);
  assert.deepEqual(
    descriptionsOf('"The root."\ntype Query {\n  """\n  A field.\n  """\n  a("An argument." b: Int): Int\n}'),
    [
      { line: 1, text: 'The root.' },
      { line: 3, text: 'A field.' },
      { line: 6, text: 'An argument.' },
    ],
  );
});
