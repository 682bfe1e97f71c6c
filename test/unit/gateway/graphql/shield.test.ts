import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { execute, isObjectType, parse } from 'graphql';
import { authenticated, open, type Rules, scope } from '../../../../src/auth/rules.ts';
import type { Viewer } from '../../../../src/auth/viewer.ts';
import type { Scope } from '../../../../src/domain/scopes.ts';
import { createCompiledExecutor } from '../../../../src/gateway/compiled/compiled-executor.ts';
import { buildSubgraph } from '../../../../src/gateway/graphql/build-subgraph.ts';
import { formatError } from '../../../../src/gateway/graphql/errors.ts';
import type { Execute } from '../../../../src/gateway/graphql/executor.ts';
import { protect, unruled } from '../../../../src/gateway/graphql/shield.ts';
import { badInput, DomainError } from '../../../../src/lib/errors.ts';
import type { ExecutableSubgraph } from '../../../../src/resolvers/subgraph.ts';
import { oneSchemaOf } from '../../../support/one-schema.ts';
import { aViewer } from '../../../support/tokens.ts';

const LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: ["@key"])\n';
const things = [1, 2, 3].map((id) => ({
  id: String(id),
  name: `thing ${id}`,
  secret: 's3cret',
  other: { a: 'a' },
}));
const named = ({ name }: { name: string }): string => name.toUpperCase();

const module: ExecutableSubgraph = {
  name: 'fixture',
  typeDefs: parse(`${LINK}
    interface Named { name: String }
    union Found = Thing | Other
    type Query {
      open: String
      whoever: String
      thing(id: ID!): Thing
      things: [Thing!]
      found: [Found!]
      forgotten: String
      _underscore: String
      bad: String
      badSoon: String
      broken: String
    }
    type Mutation { change(to: String!): String }
    type Thing implements Named @key(fields: "id") { id: ID! name: String secret: String other: Other }
    type Other { a: String }
    type Bare @key(fields: "id") { id: ID! }
    type Unscoped @key(fields: "id") { id: ID! }
  `),
  resolvers: {
    Query: {
      open: () => 'open',
      whoever: () => 'you',
      thing: (_parent, { id }) => things.find((thing) => thing.id === id),
      things: () => things,
      found: () => things,
      forgotten: () => 'not to be read',
      _underscore: () => 'not to be read',
      bad: () => {
        throw badInput("'first' must be at least 0.", 'first');
      },
      badSoon: async () => {
        throw new DomainError('RATE_LIMITED', 'Wait.', { retryAfterMs: 7 });
      },
      broken: () => {
        throw new Error('relation "leads" does not exist at 10.0.0.7');
      },
    },
    Mutation: { change: (_parent, { to }) => to },
    Found: { __resolveType: (value) => ('id' in value ? 'Thing' : 'Other') as never },
    Named: { __resolveType: () => 'Thing' as never },
    Thing: {
      name: named,
      __resolveReference: (({ id }: { id: string }) => things.find((thing) => thing.id === id)) as never,
    },
    Bare: {
      __resolveReference: ((reference: { id: string }) => {
        if (reference.id === 'bad') throw badInput('This is no id.', 'id');
        return reference;
      }) as never,
    },
  },
};

const read = scope('activities:read', 'analytics:read');
const rules: Rules = {
  Query: {
    open: open,
    whoever: authenticated,
    thing: read,
    things: read,
    found: read,
    bad: authenticated,
    badSoon: authenticated,
    broken: authenticated,
  },
  Mutation: { change: scope('activities:write') },
  Thing: { secret: scope('leads:pii'), '*': open },
  Bare: { '*': open },
  Unscoped: { '*': open },
};
const entityScopes: Readonly<Record<string, readonly Scope[]>> = {
  Thing: ['activities:read'],
  Bare: ['activities:read'],
};

const guarded = protect(module, rules, entityScopes);
const standalone = buildSubgraph(guarded);
const inProcess = oneSchemaOf([guarded]);
const compiled = createCompiledExecutor(inProcess, { compileAtRun: 1 });
const ways: Readonly<Record<string, Execute>> = {
  'as a subgraph alone': async ({ document, contextValue, variables }) =>
    execute({ schema: standalone, document, contextValue, variableValues: variables ?? {} }),
  'as one schema, interpreted': async ({ document, contextValue, variables }) =>
    execute({ schema: inProcess, document, contextValue, variableValues: variables ?? {} }),
  'as one schema, compiled': compiled,
};

type Answer = {
  readonly data: Record<string, unknown> | null;
  /** `path: CODE message` of each error, as a caller gets it. */
  readonly faults: readonly string[];
};

async function ask(run: Execute, query: string, viewer: Viewer | null, variables = {}): Promise<Answer> {
  const result = await run({ document: parse(query), contextValue: { viewer }, variables });
  const faults = (result.errors ?? []).map((error) => {
    const { message, extensions } = formatError(error.toJSON(), error, () => {});
    return `${error.path?.join('.')}: ${extensions?.['code']} ${message}`;
  });
  return {
    data: result.data ? (JSON.parse(JSON.stringify(result.data)) as Record<string, unknown>) : null,
    faults,
  };
}

const NO_CREDENTIAL = 'UNAUTHENTICATED No credential was sent.';
const startsWith = (fault: string | undefined, start: string) =>
  assert.ok(fault?.startsWith(start), `${fault} does not start with ${start}`);

test('graphql-shield loads in a fresh process of this Node, which has lost what it calls', async () => {
  const script = `
    const { isUndefined } = require('node:util');
    import('./src/gateway/graphql/shield.ts').then(({ protect }) => console.log(typeof isUndefined, typeof protect));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', script], {
    cwd: new URL('../../../../', import.meta.url),
  });
  assert.equal(stdout.trim(), 'undefined function');
});

describe('what is wrapped', () => {
  test('only fields that have a rule; all others keep the very resolver they had, or none', () => {
    for (const [type, resolvers] of Object.entries(guarded.resolvers)) {
      const before = module.resolvers[type] as Record<string, unknown> | undefined;
      const changed = Object.entries(resolvers)
        .filter(([field, resolve]) => before?.[field] !== resolve)
        .map(([field]) => field);
      const expected: Record<string, string[]> = {
        Query: [
          'whoever',
          'thing',
          'things',
          'found',
          'forgotten',
          '_underscore',
          'bad',
          'badSoon',
          'broken',
        ],
        Mutation: ['change'],
        Thing: ['__resolveReference', 'secret'],
        Other: ['a'],
        Bare: ['__resolveReference'],
        Unscoped: ['__resolveReference'],
      };
      assert.deepEqual(changed.sort(), (expected[type] ?? []).sort(), type);
    }
    const thing = standalone.getType('Thing');
    assert.ok(isObjectType(thing));
    assert.equal(thing.getFields()['name']?.resolve, named);
    assert.equal(thing.getFields()['id']?.resolve, undefined);
  });

  test('reading an allowed field asks no rule and makes no promise', () => {
    const result = execute({
      schema: standalone,
      document: parse('{ open __typename }'),
      contextValue: Object.freeze({ viewer: null }),
    });
    assert.ok(!(result instanceof Promise));
    assert.deepEqual({ ...result.data }, { open: 'open', __typename: 'Query' });
  });
});

describe('rules that would not hold are refused at the start', () => {
  const faults: readonly [string, Rules, RegExp][] = [
    [
      'on an interface',
      { Named: { name: read } },
      /'Named' is an interface or union; its rules would be ignored/,
    ],
    ['on a union', { Found: { '*': read } }, /'Found' is an interface or union/],
    ['on an unknown type', { Lede: { name: read } }, /'Lede', which is no type/],
    ['on a scalar', { String: { '*': read } }, /'String', which is no type/],
    ['on an unknown field', { Thing: { nmae: read } }, /Thing\.nmae/],
  ];
  for (const [what, wrong, message] of faults)
    test(what, () => {
      assert.throws(() => protect(module, { ...rules, ...wrong }, entityScopes), message);
    });

  test('on subscriptions, which start before a rule is asked', () => {
    const subscribing: ExecutableSubgraph = {
      name: 'live',
      typeDefs: parse(`${LINK} type Query { a: String } type Subscription { activities: String }`),
      resolvers: {},
    };
    assert.throws(
      () => protect(subscribing, { Query: { a: open }, Subscription: { activities: read } }, {}),
      /subscriptions/,
    );
  });
});

test('fields that nobody gave a rule are told', () => {
  assert.deepEqual(unruled(module, rules), ['Query.forgotten', 'Query._underscore', 'Other.a']);
  assert.deepEqual(unruled(module, { ...rules, Other: { '*': open }, Query: { '*': read } }), []);
});

for (const [way, run] of Object.entries(ways))
  describe(`who may read, ${way}`, () => {
    test('nobody without a credential, who is told how to send one', async () => {
      const { data, faults } = await ask(run, '{ open whoever things { id } }', null);
      assert.deepEqual(data, { open: 'open', whoever: null, things: null });
      assert.equal(faults.length, 2);
      startsWith(faults[0], `whoever: ${NO_CREDENTIAL}`);
      startsWith(faults[1], `things: ${NO_CREDENTIAL} Send 'Authorization: Bearer <token>'`);
    });

    test('whoever has one of the scopes; others are told which', async () => {
      const query = '{ whoever thing(id: 1) { id name secret } }';
      assert.deepEqual(await ask(run, query, aViewer()), {
        data: { whoever: 'you', thing: null },
        faults: [
          "thing: FORBIDDEN This needs a credential with the scope 'activities:read' or 'analytics:read'.",
        ],
      });
      for (const one of ['activities:read', 'analytics:read', 'admin'] as const)
        assert.deepEqual(await ask(run, query, aViewer(one)), {
          data: { whoever: 'you', thing: { id: '1', name: 'THING 1', secret: null } },
          faults: ["thing.secret: FORBIDDEN This needs a credential with the scope 'leads:pii'."],
        });
      for (const viewer of [aViewer('analytics:read', 'leads:pii'), aViewer('admin', 'leads:pii')])
        assert.deepEqual(await ask(run, query, viewer), {
          data: { whoever: 'you', thing: { id: '1', name: 'THING 1', secret: 's3cret' } },
          faults: [],
        });
    });

    test('a rule on an object type holds behind interfaces and unions and in every item of a list', async () => {
      const query = '{ found { ...on Thing { id secret } } things { secret } }';
      const { data, faults } = await ask(run, query, aViewer('activities:read'));
      const none = [1, 2, 3].map(() => ({ secret: null }));
      assert.deepEqual(data, { found: none.map((each, at) => ({ id: `${at + 1}`, ...each })), things: none });
      assert.equal(faults.length, 6);
    });

    test('what nobody listed is denied, for an administrator too: a field, one that looks like federation’s, a type', async () => {
      const { data, faults } = await ask(
        run,
        '{ forgotten _underscore thing(id: 1) { id other { a } } }',
        aViewer('admin'),
      );
      assert.deepEqual(data, {
        forgotten: null,
        _underscore: null,
        thing: { id: '1', other: { a: null } },
      });
      assert.deepEqual([...faults].sort(), [
        '_underscore: FORBIDDEN This field can not be read.',
        'forgotten: FORBIDDEN This field can not be read.',
        'thing.other.a: FORBIDDEN This field can not be read.',
      ]);
    });

    test('each alias is judged by itself, with arguments of its own, and so is each request', async () => {
      let judged = 0;
      const viewer = aViewer('activities:read');
      const counting: Viewer = {
        ...viewer,
        scopes: {
          has: (name: Scope) => {
            if (name === 'activities:read') judged += 1;
            // From the second time on the answer is no.
            return name === 'activities:read' && judged === 1;
          },
        } as ReadonlySet<Scope>,
      };
      const { data, faults } = await ask(run, '{ a: thing(id: 1) { id } b: thing(id: 2) { id } }', counting);
      assert.equal(judged, 2);
      assert.deepEqual(data, { a: { id: '1' }, b: null });
      startsWith(faults[0], 'b: FORBIDDEN');
    });

    test('a mutation is not run for whom it is denied', async () => {
      const query = 'mutation { change(to: "x") }';
      assert.deepEqual((await ask(run, query, aViewer('activities:write'))).data, { change: 'x' });
      const { data, faults } = await ask(run, query, aViewer('activities:read'));
      assert.deepEqual(data, { change: null });
      startsWith(faults[0], "change: FORBIDDEN This needs a credential with the scope 'activities:write'.");
    });

    test("a resolver's own errors keep their code and words; what is no caller's business does not come out", async () => {
      const { data, faults } = await ask(run, '{ bad badSoon broken }', aViewer());
      assert.deepEqual(data, { bad: null, badSoon: null, broken: null });
      assert.deepEqual([...faults].sort(), [
        "bad: BAD_USER_INPUT 'first' must be at least 0.",
        'badSoon: RATE_LIMITED Wait.',
        'broken: INTERNAL Something went wrong here; it was logged. Try again, and quote the request id if it stays.',
      ]);
    });
  });

describe('as a subgraph of any router', () => {
  const run = ways['as a subgraph alone'] as Execute;
  const entities =
    'query ($r: [_Any!]!) { _entities(representations: $r) { __typename ...on Thing { id name secret } ...on Bare { id } } }';
  const of = (...types: string[]) => ({ r: types.map((__typename) => ({ __typename, id: '2' })) });

  test('its SDL is told to whoever asks', async () => {
    const { data, faults } = await ask(run, '{ _service { sdl } }', null);
    assert.deepEqual(faults, []);
    assert.match(JSON.stringify(data), /type Thing/);
  });

  test('entities are given to whoever has a scope of their type, and their fields have their rules', async () => {
    assert.deepEqual(await ask(run, entities, aViewer('activities:read'), of('Thing', 'Bare')), {
      data: {
        _entities: [
          { __typename: 'Thing', id: '2', name: 'THING 2', secret: null },
          { __typename: 'Bare', id: '2' },
        ],
      },
      faults: ["_entities.0.secret: FORBIDDEN This needs a credential with the scope 'leads:pii'."],
    });
  });

  test('entities are given to nobody else, those that are only an echo of the reference neither', async () => {
    const unscoped = '{ _entities(representations: [{ __typename: "Unscoped", id: 1 }]) { __typename } }';
    for (const type of ['Thing', 'Bare']) {
      const without = await ask(run, entities, null, of(type));
      assert.deepEqual(without.data, { _entities: [null] });
      startsWith(without.faults[0], `_entities.0: ${NO_CREDENTIAL}`);
      const other = await ask(run, entities, aViewer('analytics:read', 'leads:pii'), of(type));
      assert.deepEqual(other, {
        data: { _entities: [null] },
        faults: ["_entities.0: FORBIDDEN This needs a credential with the scope 'activities:read'."],
      });
    }
    startsWith((await ask(run, unscoped, aViewer('activities:read'))).faults[0], '_entities.0: FORBIDDEN');
    assert.deepEqual((await ask(run, unscoped, aViewer('admin'))).faults, []);
  });

  test('an entity that is refused or can not be resolved spoils no other', async () => {
    const variables = {
      r: [...of('Unscoped', 'Bare').r, { __typename: 'Bare', id: 'bad' }, { __typename: 'Thing', id: '3' }],
    };
    assert.deepEqual(await ask(run, entities, aViewer('activities:read', 'leads:pii'), variables), {
      data: {
        _entities: [
          null,
          { __typename: 'Bare', id: '2' },
          null,
          { __typename: 'Thing', id: '3', name: 'THING 3', secret: 's3cret' },
        ],
      },
      faults: [
        "_entities.0: FORBIDDEN This needs a credential with the scope 'admin'.",
        '_entities.2: BAD_USER_INPUT This is no id.',
      ],
    });
  });
});
