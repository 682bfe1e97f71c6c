import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { getOperationAST, parse } from 'graphql';
import { fieldCosts, protectedSubgraphs } from '../../../src/gateway/graph.ts';
import { createAnswerMeter } from '../../../src/gateway/graphql/answer-meter.ts';
import { writeJson } from '../../../src/gateway/http/write-json.ts';
import { BYTES_PER_TOKEN, createKnownDocuments } from '../../../src/gateway/known-documents.ts';
import { analyse } from '../../../src/gateway/limits/analysis.ts';
import { createAnswerMemory } from '../../../src/gateway/limits/answer-memory.ts';
import { estimateCost } from '../../../src/gateway/limits/cost.ts';
import { MAX_VALIDATION_WORK, validationWork } from '../../../src/gateway/limits/merge-work.ts';
import { DomainError } from '../../../src/lib/errors.ts';
import { inTurn } from '../../../src/lib/turns.ts';
import { oneSchemaOf } from '../../support/one-schema.ts';

const schema = oneSchemaOf(protectedSubgraphs());
const analysed = (query: string) => {
  const document = parse(query);
  const operation = getOperationAST(document);
  assert.ok(operation);
  return analyse(schema, document, operation, fieldCosts);
};
const points = (query: string, variables: Record<string, unknown> = {}) =>
  estimateCost(analysed(query), variables).points;

describe('The price of an operation', () => {
  test('grows with each use of a JSON leaf, by alias, in lists and by variables', () => {
    const of = (fields: string, first: string | number = 100) =>
      `query ($n: Int) { lead(externalId: "a") { activities(first: ${first}) { nodes { ${fields} } } } }`;
    const one = points(of('a: attributes'));
    assert.ok(one >= 500, String(one));
    assert.ok(points(of('a: attributes b: attributes')) >= 2 * one - 110);
    assert.equal(points(of('a: attributes', '$n'), { n: 100 }), one);
    assert.ok(points(of('id')) < one / 3);
  });

  test('of a mutation grows with its items, however they are handed over', () => {
    const item = '{ messageId: "m", type: "t", occurredAt: "o" }';
    const inline = (count: number) =>
      `mutation { recordActivities(input: { activities: [${`${item} `.repeat(count)}] }) { accepted } }`;
    const query =
      'mutation ($input: RecordActivitiesInput!) { recordActivities(input: $input) { accepted } }';
    const list =
      'mutation ($a: [ActivityInput!]!) { recordActivities(input: { activities: $a }) { accepted } }';
    const activities = Array.from({ length: 1_000 }, () => ({}));
    const thousand = points(query, { input: { activities } });
    assert.ok(thousand >= points(query, { input: { activities: [{}] } }) + 99);
    assert.equal(points(list, { a: activities }), thousand);
    assert.equal(points(inline(1_000)), thousand);
  });

  test('counts a page that a fragment asks for as the page that it is', () => {
    const fields = 'nodes { id messageId }';
    const plain = points(`{ lead(externalId: "a") { activities(first: 1000) { ${fields} } } }`);
    const spread = `{ lead(externalId: "a") { activities(first: 1000) { ...F } } } fragment F on ActivityConnection { ${fields} }`;
    assert.equal(points(spread), plain);
  });

  test('introspection counts in points, aliases, depth and root fields', () => {
    assert.ok(points('{ __schema { types { name fields { name type { name } } } } }') > 100);
    const aliases = Array.from({ length: 60 }, (_, index) => `a${index}: types { name }`).join(' ');
    assert.equal(analysed(`{ __schema { ${aliases} } }`).aliases, 60);
    assert.equal(analysed('{ __schema { types { fields { type { fields { name } } } } } }').depth, 6);
    assert.equal(
      analysed(
        '{ a: __schema { types { name } } ...F } fragment F on Query { __type(name: "Lead") { name } }',
      ).introspections,
      2,
    );
    assert.equal(analysed('{ a: __typename b: __typename }').aliases, 2);
  });
});

describe('The work of validation is known before it is done', () => {
  const repeat = (count: number, what: (index: number) => string) =>
    Array.from({ length: count }, (_, index) => what(index)).join(' ');
  const isRefused = (query: string) => validationWork(parse(query)) > MAX_VALIDATION_WORK;

  test('many fields of one key, many fragments and many operations are too much', () => {
    assert.ok(isRefused(`{ viewer { ${repeat(1_000, () => 'scopes')} } }`));
    assert.ok(isRefused(`{ ${repeat(500, () => 'viewer { tenant { id } }')} }`));
    assert.ok(isRefused(`{ a } ${repeat(400, (index) => `fragment F${index} on A { ...F${index + 1} }`)}`));
    assert.ok(
      isRefused(
        `${repeat(200, (index) => `query Q${index} { ...F }`)} fragment F on Query { ${repeat(200, () => 'a')} }`,
      ),
    );
    assert.ok(
      isRefused('fragment A on Q { a { ...A } } fragment B on Q { b { ...B ...A } } { ...A ...B }'),
      'a cycle ends',
    );
  });

  test('what applications send is not', () => {
    const components = repeat(
      60,
      (index) => `fragment C${index} on Activity { id occurredAt type { name } ...C${index + 1} }`,
    );
    assert.ok(
      !isRefused(`{ searchActivities { nodes { ...C0 } } } ${components} fragment C60 on Activity { id }`),
    );
  });
});

describe('Known documents', () => {
  const headers = { 'content-type': 'application/json' };
  const find = (known: ReturnType<typeof createKnownDocuments>, query: string) =>
    known.find('POST', headers, { query })?.document;
  const text = (name: string) => `{ ${name}: __typename }`;

  test('take no more memory than they may, by their tokens', () => {
    const known = createKnownDocuments(4 * 1024 * 1024);
    const long = (index: number) => `{ a${index}: nodes(ids: [${'1 '.repeat(900)}]) { id } }`;
    const size = 900 * BYTES_PER_TOKEN;
    for (let index = 0; index < 40; index += 1) known.set(long(index), parse(long(index)), `tenant ${index}`);
    const kept = Array.from({ length: 40 }, (_, index) => find(known, long(index))).filter(Boolean).length;
    assert.ok(kept >= 1 && kept * size <= 4 * 1024 * 1024, String(kept));
    assert.ok(find(known, long(39)), 'the newest is kept');
  });

  test('of one tenant push out its own before those of others', () => {
    const known = createKnownDocuments(1024 * 1024);
    known.set(text('mine'), parse(text('mine')), 'small');
    for (let index = 0; index < 500; index += 1)
      known.set(text(`a${index}`), parse(text(`a${index}`)), 'large');
    assert.ok(find(known, text('mine')));
    assert.ok(find(known, text('a499')));
    assert.equal(find(known, text('a0')), undefined);
  });
});

describe('The memory of answers', () => {
  test('is given in the order of asking, never more than there is, and comes back', async () => {
    const memory = createAnswerMemory(100);
    const { signal } = new AbortController();
    const first = memory.take(50);
    const second = memory.take(1_000);
    assert.ok(first && second, 'who asks for more than half gets half');
    assert.equal(memory.take(1), undefined);
    const order: number[] = [];
    const waiting = [40, 30, 10].map((bytes) =>
      memory.wait(bytes, signal).then((lease) => {
        order.push(bytes);
        return lease;
      }),
    );
    first.shrinkTo(20);
    await Promise.resolve();
    assert.deepEqual(order, [], 'a smaller one does not overtake');
    first.release();
    first.release();
    await waiting[0];
    second.release();
    const [a, b, c] = await Promise.all(waiting);
    assert.deepEqual(order, [40, 30, 10]);
    for (const lease of [a, b, c]) lease?.release();
    assert.ok(memory.take(50) && memory.take(50));
  });

  test('is refused to who waits in vain, and to who is gone', async () => {
    const memory = createAnswerMemory(100, 20);
    assert.ok(memory.take(50) && memory.take(50));
    const gone = new AbortController();
    const left = memory.wait(10, gone.signal);
    gone.abort(new DomainError('TIMEOUT', 'gone'));
    await assert.rejects(left, { code: 'TIMEOUT' });
    await assert.rejects(memory.wait(10, new AbortController().signal), {
      code: 'RATE_LIMITED',
      retryAfterMs: 1_000,
    });
  });
});

describe('The meter of an answer', () => {
  const limit = 64 * 1_024;

  test('refuses too many bytes and too many values, and says which', () => {
    const bytes = createAnswerMeter(limit);
    bytes.add(['x'.repeat(limit - 100)]);
    assert.throws(() => bytes.add(['x'.repeat(200)]), {
      code: 'BAD_USER_INPUT',
      message: /larger than 65536 bytes/,
    });
    const values = createAnswerMeter(limit);
    values.add(Array.from({ length: 1_000 }, () => []));
    assert.throws(() => values.add(Array.from({ length: 100 }, () => [])), {
      code: 'BAD_USER_INPUT',
      message: /more than 1024 values/,
    });
    assert.throws(() => values.add(null), { code: 'BAD_USER_INPUT' });
    assert.equal(values.excess?.code, 'BAD_USER_INPUT');
  });

  test('takes memory for small values, and is refused what others have', () => {
    const memory = createAnswerMemory(200_000);
    const lease = memory.take(1_000);
    assert.ok(lease);
    const meter = createAnswerMeter(limit, lease);
    const many = Array.from({ length: 900 }, () => 1);
    meter.add(many);
    assert.equal(memory.take(100_000) && memory.take(45_000), undefined, 'the values take memory');
    assert.throws(() => createAnswerMeter(limit, memory.take(1_000)).add(many), { code: 'RATE_LIMITED' });
  });
});

describe('Work in turns', () => {
  test('is done at once while it is short, and lets others in while it is long; its errors are its own', async () => {
    assert.equal(
      inTurn(() => 1),
      1,
    );
    let turns = 0;
    const counting = setInterval(() => (turns += 1), 0);
    const busy = (index: number) => () => {
      const end = performance.now() + 12;
      while (performance.now() < end);
      if (index === 3) throw new Error('three');
      return index;
    };
    const results = await Promise.allSettled(Array.from({ length: 8 }, (_, index) => inTurn(busy(index))));
    clearInterval(counting);
    assert.deepEqual(
      results.map((result) => (result.status === 'fulfilled' ? result.value : result.reason.message)),
      [0, 1, 2, 'three', 4, 5, 6, 7],
    );
    assert.ok(turns >= 4, `${turns}`);
  });
});

describe('An answer is written as JSON.stringify writes it', () => {
  test('in one piece or in many', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), fc.integer({ min: 1, max: 3_000 }), async (value, times) => {
        const many = {
          list: Array.from({ length: times }, () => value),
          none: undefined,
          empty: [],
          object: {},
        };
        assert.equal(await writeJson(many, Number.POSITIVE_INFINITY), JSON.stringify(many));
      }),
      { numRuns: 60 },
    );
  });

  test('up to its limit in bytes, escapes and all; past it the caller is told what to do', async () => {
    const value = { text: Array.from({ length: 100 }, () => '\u0001ü'.repeat(1_000)) };
    const bytes = Buffer.byteLength(JSON.stringify(value));
    assert.equal(Buffer.byteLength(await writeJson(value, bytes)), bytes);
    await assert.rejects(writeJson(value, bytes - 1), { code: 'BAD_USER_INPUT', message: /smaller pages/ });
  });
});
