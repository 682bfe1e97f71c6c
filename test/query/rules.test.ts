import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { execute, parse } from 'graphql';
import { authenticated, open, type Rules, scope } from '../../src/auth/rules.ts';
import type { Viewer } from '../../src/auth/viewer.ts';
import { verifyTenant } from '../../src/domain/tenant.ts';
import { createCompiledExecutor } from '../../src/gateway/compiled/compiled-executor.ts';
import { protectedSubgraphs } from '../../src/gateway/graph.ts';
import { buildSubgraph } from '../../src/gateway/graphql/build-subgraph.ts';
import { protect, unruled } from '../../src/gateway/graphql/shield.ts';
import { DomainError } from '../../src/lib/errors.ts';
import { subgraphs } from '../../src/resolvers/all.ts';
import type { ExecutableSubgraph } from '../../src/resolvers/subgraph.ts';
import { oneSchemaOf } from '../support/one-schema.ts';

const viewer = (...scopes: Viewer['scopes'] extends ReadonlySet<infer S> ? S[] : never): Viewer => ({
  tenant: verifyTenant('one'),
  tenantName: 'One',
  scopes: new Set(scopes),
  subject: 'test',
  isPublic: false,
});

const module: ExecutableSubgraph = {
  name: 'thing',
  typeDefs: parse(`
    extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: ["@key"])
    interface Named { name: String }
    type Query { open: String guarded(n: Int): String failing: String forgotten: String thing: Thing other: Other }
    type Thing implements Named @key(fields: "id") { id: ID! name: String secret: String }
    type Other { value: String }
  `),
  resolvers: {
    Query: {
      open: () => 'open',
      guarded: (_parent, { n }) => `guarded ${n}`,
      failing: () => {
        throw new DomainError('NOT_FOUND', 'There is none.');
      },
      forgotten: () => 'forgotten',
      thing: () => ({ id: '1', name: 'one', secret: 's' }),
      other: () => ({ value: 'v' }),
    },
    Thing: { __resolveReference: (({ id }: { id: string }) => ({ id, name: 'one', secret: 's' })) as never },
  },
};
const tree: Rules = {
  Query: {
    open: open,
    guarded: scope('activities:read'),
    failing: authenticated,
    thing: open,
    other: open,
  },
  Thing: { secret: scope('leads:pii'), '*': open },
};
const guarded = protect(module, tree, { Thing: ['activities:read'] });

async function ask(query: string, asking: Viewer | null) {
  const schema = buildSubgraph(guarded);
  const interpreted = await execute({ schema, document: parse(query), contextValue: { viewer: asking } });
  const compiled = await createCompiledExecutor(oneSchemaOf([guarded]), { compileAtRun: 1 })({
    document: parse(query),
    contextValue: { viewer: asking },
  }).catch(() => undefined);
  const codes = (result: typeof interpreted | undefined) =>
    result?.errors?.map(({ originalError, path }) => [
      path?.join('.'),
      originalError instanceof DomainError ? originalError.code : originalError,
    ]);
  if (!query.includes('_entities') && !query.includes('_service')) {
    assert.deepEqual(
      JSON.parse(JSON.stringify(compiled?.data)),
      JSON.parse(JSON.stringify(interpreted.data)),
    );
    assert.deepEqual(codes(compiled), codes(interpreted));
  }
  return { data: JSON.parse(JSON.stringify(interpreted.data)), codes: codes(interpreted) };
}

describe('rules of who may read what', () => {
  test('every field of every subgraph has a rule, and every rule a field', () => {
    for (const subgraph of subgraphs) assert.deepEqual(unruled(subgraph, subgraph.rules), [], subgraph.name);
    assert.equal(protectedSubgraphs().length, subgraphs.length);
    assert.ok(subgraphs.some(({ entities }) => entities.some(({ kind }) => kind.type === 'Lead')));
  });

  test('a rule is asked for each alias by itself, and names the scope that is missing', async () => {
    const query = '{ a: guarded(n: 1) b: guarded(n: 2) open }';
    assert.deepEqual((await ask(query, viewer('activities:read'))).data, {
      a: 'guarded 1',
      b: 'guarded 2',
      open: 'open',
    });
    const denied = await ask(query, viewer('activities:write'));
    assert.deepEqual(
      [denied.data, denied.codes],
      [
        { a: null, b: null, open: 'open' },
        [
          ['a', 'FORBIDDEN'],
          ['b', 'FORBIDDEN'],
        ],
      ],
    );
    assert.deepEqual((await ask('{ guarded }', null)).codes, [['guarded', 'UNAUTHENTICATED']]);
  });

  test('what was forgotten is denied: a field, and a whole type', async () => {
    const { data, codes } = await ask('{ forgotten other { value } thing { name } }', viewer('admin'));
    assert.deepEqual(data, { forgotten: null, other: { value: null }, thing: { name: 'one' } });
    assert.deepEqual(codes, [
      ['forgotten', 'FORBIDDEN'],
      ['other.value', 'FORBIDDEN'],
    ]);
    assert.deepEqual(unruled(module, tree), ['Query.forgotten', 'Other.value']);
  });

  test("a resolver's own error comes through with its code, not as a denial", async () => {
    assert.deepEqual((await ask('{ failing }', viewer('activities:read'))).codes, [['failing', 'NOT_FOUND']]);
  });

  test('a router may read the SDL, but no entity without the scope, nor a field of one', async () => {
    assert.ok((await ask('{ _service { sdl } }', null)).data._service.sdl.includes('Thing'));
    const query =
      '{ _entities(representations: [{ __typename: "Thing", id: "1" }]) { ... on Thing { name secret } } }';
    assert.deepEqual((await ask(query, null)).data._entities, [null]);
    assert.deepEqual((await ask(query, viewer('activities:read'))).data._entities, [
      { name: 'one', secret: null },
    ]);
    assert.deepEqual((await ask(query, viewer('activities:read', 'leads:pii'))).data._entities, [
      { name: 'one', secret: 's' },
    ]);
  });

  test('only fields with a rule are wrapped: all others are the resolvers they were', () => {
    const own = guarded.resolvers['Query'] as Record<string, unknown>;
    const before = module.resolvers['Query'] as Record<string, unknown>;
    assert.equal(own['open'], before['open']);
    assert.equal(own['thing'], before['thing']);
    assert.notEqual(own['guarded'], before['guarded']);
    assert.deepEqual(Object.keys(guarded.resolvers['Thing'] as object).sort(), [
      '__resolveReference',
      'secret',
    ]);
  });

  test('a rule that would be ignored, or is for nothing, fails at the start', () => {
    for (const type of ['Named', 'Nonsense'])
      assert.throws(() => protect(module, { ...tree, [type]: { '*': open } }, {}), new RegExp(type));
    assert.throws(
      () => protect(module, { ...tree, Query: { ...(tree['Query'] as object), nonsense: open } }, {}),
      /nonsense/,
    );
  });
});
