import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type GraphQLSchema, isInputObjectType, isTypeDefinitionNode, parse, validate } from 'graphql';
import { buildGraph } from '../../../src/gateway/graph.ts';
import { subgraphs } from '../../../src/resolvers/all.ts';

const remote = { activities: 'http://127.0.0.1:1/graphql' };
const inProcess = await buildGraph(
  { only: undefined, remotes: {}, secret: undefined },
  { introspection: true },
);
const routed = await buildGraph(
  { only: undefined, remotes: remote, secret: undefined },
  { introspection: true },
);

test('what several subgraphs define is described by one text', () => {
  const texts = new Map<string, Set<string | undefined>>();
  for (const { typeDefs } of subgraphs)
    for (const definition of typeDefs.definitions) {
      if (!isTypeDefinitionNode(definition)) continue;
      const type = definition.name.value;
      texts.set(type, (texts.get(type) ?? new Set()).add(definition.description?.value));
    }
  const contradicting = [...texts].filter(([, set]) => set.size !== 1).map(([type, set]) => [type, ...set]);
  assert.deepEqual(contradicting, []);
});

test('every type, field and argument of the API has a description, the roots included', () => {
  const bare: string[] = [];
  for (const type of Object.values(inProcess.schema.getTypeMap())) {
    if (type.name.startsWith('__') || ['ID', 'String', 'Int', 'Float', 'Boolean'].includes(type.name))
      continue;
    if (!type.description) bare.push(type.name);
    if (!('getFields' in type)) continue;
    for (const field of Object.values(type.getFields())) {
      if (!field.description) bare.push(`${type.name}.${field.name}`);
      if (!('args' in field)) continue;
      for (const argument of field.args)
        if (!argument.description) bare.push(`${type.name}.${field.name}(${argument.name})`);
    }
  }
  assert.deepEqual(bare, []);
});

const faultsOf = (schema: GraphQLSchema, query: string): string[] =>
  validate(schema, parse(query)).map(({ message }) => message);

test('an input of which exactly one field means something refuses two and none, in one schema and routed', () => {
  for (const { schema } of [inProcess, routed]) {
    for (const name of ['KeywordCondition', 'IdCondition', 'DimensionInput']) {
      const type = schema.getType(name);
      assert.ok(isInputObjectType(type) && type.isOneOf, name);
    }
    const asked = (condition: string) =>
      faultsOf(schema, `{ searchActivities(filter: { type: ${condition} }) { nodes { id } } }`);
    assert.deepEqual(asked('{ eq: "a" }'), []);
    assert.match(asked('{ eq: "a", in: ["b"] }')[0] ?? '', /exactly one/i);
    assert.match(asked('{}')[0] ?? '', /exactly one/i);
  }
});

test('no input has a name that code generators give to an operation', () => {
  const names = Object.values(inProcess.schema.getTypeMap())
    .filter(isInputObjectType)
    .map(({ name }) => name);
  assert.deepEqual(
    names.filter((name) => /(Query|Mutation|Subscription|Fragment|Variables)$/.test(name)),
    [],
  );
});
