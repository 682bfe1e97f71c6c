import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { maskAttributes, maskContext } from '../../../../../src/auth/pii.ts';
import { visitActivity } from '../../../../../src/datasources/activity-search/activity-texts.ts';
import { tsqueryText } from '../../../../../src/datasources/activity-search/postgres/tsquery.ts';
import {
  activityVector,
  leadVector,
} from '../../../../../src/datasources/activity-search/postgres/vector.ts';
import type { Db } from '../../../../../src/datasources/db/db.ts';
import { standardType } from '../../../../../src/domain/activity-types.ts';
import type { Json, JsonObject } from '../../../../../src/domain/json.ts';
import { tokenize } from '../../../../../src/domain/text/text-query.ts';
import { anActivity } from '../../../../support/activities.ts';
import { drivers } from '../../../../support/databases.ts';

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.constantFrom('Café 漢字', 'jane@x.example', "o'neil \\ x", 'a'.repeat(600)),
);
const json = fc.jsonValue({ depthSize: 'small', stringUnit: 'binary' }) as fc.Arbitrary<Json>;
const object = fc.dictionary(
  fc.constantFrom('title', 'email', 'url', 'ip', 'traits', 'page', 'note'),
  fc.oneof(text, json),
) as fc.Arbitrary<JsonObject>;

for (const driver of drivers)
  describe(`tsvectors on ${driver.name}`, () => {
    let db: Db;
    before(async () => {
      db = await driver.open();
    });
    after(() => db.close());

    const matches = async (vector: string, tokens: readonly string[], pii: boolean): Promise<boolean[]> => {
      const queries = tokens.map((token) => tsqueryText({ op: 'word', token }, pii));
      const rows = await db.query<{ found: boolean }>(
        'SELECT $1::tsvector @@ q::tsquery AS found FROM unnest($2::text[]) WITH ORDINALITY AS t(q, n) ORDER BY n',
        [vector, queries],
      );
      return rows.map(({ found }) => found);
    };

    test('every token of an activity is found, and personal ones only with the right to it', async () => {
      await fc.assert(
        fc.asyncProperty(
          object,
          object,
          fc.constantFrom('Fill Out Form', 'Visit Webpage'),
          text,
          async (attributes, context, type, name) => {
            const activity = anActivity('acme', { type, attributes, context, campaign: { id: name, name } });
            const open = new Set<string>();
            const all = new Set<string>();
            visitActivity(activity, undefined, (_field, part, weight) => {
              for (const token of tokenize(part)) {
                all.add(token);
                if (weight !== 'D') open.add(token);
              }
            });
            const vector = activityVector(activity);
            const tokens = [...all];
            assert.deepEqual(
              await matches(vector, tokens, true),
              tokens.map(() => true),
            );
            assert.deepEqual(
              await matches(vector, tokens, false),
              tokens.map((token) => open.has(token)),
            );
          },
        ),
        { numRuns: 60 },
      );
    });

    test('the largest of documents fit, whatever they are made of', async () => {
      const characters = Array.from({ length: 60_000 }, (_, index) =>
        String.fromCodePoint(0x20000 + (index % 40_000)),
      );
      for (const title of [
        'x '.repeat(50_000),
        'x'.repeat(1e6),
        characters.join(''),
        Array.from({ length: 9_000 }, (_, index) => `${index}${'ⴀ'.repeat(250)}`).join(' '),
      ]) {
        const [row] = await db.query<{ n: number }>('SELECT length($1::tsvector) AS n', [
          activityVector(anActivity('acme', { attributes: { title } })),
        ]);
        assert.ok((row?.n ?? 0) > 0);
      }
    });

    test('a word that is repeated in personal data is still found in the open', async () => {
      const email = 'growth '.repeat(400);
      const vector = activityVector(
        anActivity('acme', { type: 'Fill Out Form', attributes: { email, formName: 'growth' } }),
      );
      assert.deepEqual(await matches(vector, ['growth'], false), [true]);
    });

    test("a lead's own id is open unless it is an address; all else is personal", async () => {
      const vector = leadVector({
        identity: 'crm-1',
        email: 'jane@acme.example',
        traits: { city: 'Oslo', tags: ['vip'] },
      });
      const tokens = ['crm', '1', 'jane', 'acme', 'oslo', 'vip'];
      assert.deepEqual(
        await matches(vector, tokens, true),
        tokens.map(() => true),
      );
      assert.deepEqual(await matches(vector, tokens, false), [true, true, false, false, false, false]);
      assert.deepEqual(
        await matches(
          leadVector({ identity: 'jane@acme.example', email: null, traits: {} }),
          ['jane'],
          false,
        ),
        [false],
      );
    });
  });

test('what is masked in an answer is never open to search', () => {
  fc.assert(
    fc.property(
      object,
      object,
      fc.constantFrom('Fill Out Form', 'Visit Webpage'),
      (attributes, context, type) => {
        const activity = anActivity('acme', { type, attributes, context });
        const shown = {
          ...activity,
          attributes: maskAttributes(attributes, standardType(type)),
          context: maskContext(context),
        };
        const textsOf = (of: typeof activity): string[] => {
          const texts: string[] = [];
          visitActivity(of, undefined, (_field, part, weight) => {
            if (weight !== 'D') texts.push(part);
          });
          return texts;
        };
        const visible = new Set(textsOf(shown));
        for (const part of textsOf(activity)) assert.ok(visible.has(part), JSON.stringify(part));
      },
    ),
    { numRuns: 500 },
  );
});
