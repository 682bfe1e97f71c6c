import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { type ExecutionResult, parse } from 'graphql';
import { protectedSubgraphs } from '../../src/gateway/graph.ts';
import type { Execute } from '../../src/gateway/graphql/executor.ts';
import { createRouterExecutor } from '../../src/gateway/router/router-executor.ts';
import {
  ALL_SCOPES,
  type GraphqlData,
  openInstallation,
  type TestInstallation,
} from '../support/application.ts';

type Answer = { readonly data: GraphqlData; readonly errors: readonly { path?: readonly unknown[] }[] };
type Ask = (query: string, variables?: Record<string, unknown>) => Promise<Answer>;

const WAYS = ['embedded, one schema', 'embedded, routed', 'postgres, one schema'] as const;

for (const way of WAYS)
  describe(`What a request writes and names (${way})`, () => {
    let installation: TestInstallation;
    let ask: Ask;
    before(async () => {
      installation = await openInstallation({}, way.startsWith('postgres') ? 'postgres' : 'embedded');
      const token = await installation.token('one', ALL_SCOPES);
      ask = way.endsWith('routed')
        ? await routed(installation, token)
        : async (query, variables) => {
            const { body } = await installation.graphql(token, query, variables);
            return { data: body.data, errors: body.errors ?? [] };
          };
    });
    after(() => installation.close());

    test('each mutation answers as of itself: people, their timelines, and what is recorded', async () => {
      const identify = (alias: string, who: string, plan: string) =>
        `${alias}: identifyLeads(input: { leads: [{ externalId: "${who}", traits: { plan: "${plan}" } }] }) { ...Who }`;
      const record = (alias: string, who: string, messageId: string) =>
        `${alias}: recordActivities(input: { activities: [{ messageId: "${messageId}", externalId: "${who}", type: "Visit Webpage", occurredAt: "2026-06-10T10:00:00Z" }] }) {
          results { status activity { messageId lead { externalId activities { nodes { messageId } } } } } }`;
      // The second and third time a document may take another way through the server.
      for (let time = 0; time < 3; time += 1) {
        const who = `person-${time}`;
        const { data, errors } = await ask(
          `mutation {
            ${identify('a', who, 'a')} ${record('first', who, `${who}-1`)}
            ... on Mutation { ${identify('b', who, 'b')} } ${record('second', who, `${who}-2`)} ${identify('c', who, 'c')}
          }
          fragment Who on IdentifyLeadsPayload { results { lead { traits activities { nodes { messageId } } } } }`,
        );
        assert.deepEqual(errors, []);
        const person = ({ results }: GraphqlData) => [
          results[0].lead.traits.plan,
          results[0].lead.activities.nodes.map(({ messageId }: GraphqlData) => messageId).sort(),
        ];
        const timeline = ({ results }: GraphqlData) =>
          results[0].activity.lead.activities.nodes.map(({ messageId }: GraphqlData) => messageId).sort();
        const [one, two] = [`${who}-1`, `${who}-2`];
        assert.deepEqual(person(data.a), ['a', []]);
        assert.deepEqual(timeline(data.first), [one]);
        assert.deepEqual(person(data.b), ['b', [one]]);
        assert.deepEqual(timeline(data.second), [one, two]);
        assert.deepEqual(person(data.c), ['c', [one, two]]);
        assert.deepEqual(Object.keys(data), ['a', 'first', 'b', 'second', 'c']);
      }
    });

    test('what fails as a whole ends the request, and nothing after it is written', async () => {
      const { data, errors } = await ask(
        `mutation {
          a: defineActivityType(input: { name: "", description: "" }) { activityType { name } }
          b: defineActivityType(input: { name: "Never Made", description: "x" }) { activityType { name } }
        }`,
      );
      assert.equal(data, null);
      assert.deepEqual(
        errors.map(({ path }) => path),
        [['a']],
      );
      assert.deepEqual((await ask('{ activityType(name: "Never Made") { name } }')).data, {
        activityType: null,
      });
    });

    test('a variable that is not given is left out of a JSON literal, and null in a list of one', async () => {
      const query = `mutation ($id: String!, $title: String, $list: JSON) {
        recordActivities(input: { activities: [{
          messageId: $id, externalId: "literal", type: "Visit Webpage", occurredAt: "2026-06-10T10:00:00Z"
          attributes: { title: $title, url: "https://example.com/" }
          context: { deep: { title: $title, kept: 1 }, list: [$title, 2], given: $list }
        }] }) { results { status error { message path } activity { attributes context } } }
      }`;
      const results: GraphqlData[] = [];
      for (const [id, more] of [
        ['j-1', {}],
        ['j-2', {}],
        ['j-3', {}],
        ['j-4', { title: 'T', list: [1, null] }],
      ] as const) {
        const { data, errors } = await ask(query, { id, ...more });
        assert.deepEqual(errors, []);
        results.push(data.recordActivities.results[0]);
      }
      for (const { status, activity } of results.slice(0, 3)) {
        assert.equal(status, 'ACCEPTED');
        assert.deepEqual(activity.attributes, { url: 'https://example.com/' });
        assert.deepEqual(activity.context, { deep: { kept: 1 }, list: [null, 2] });
      }
      assert.deepEqual(results[3].activity.attributes, { title: 'T', url: 'https://example.com/' });
      assert.deepEqual(results[3].activity.context, {
        deep: { title: 'T', kept: 1 },
        list: ['T', 2],
        given: [1, null],
      });
    });

    test('of a list of ids only those that are none fail, each in its place', async () => {
      const { data } = await ask(
        `mutation { recordActivities(input: { activities: [{ messageId: "n-1", externalId: "noda", type: "Visit Webpage", occurredAt: "2026-06-10T10:00:00Z" }] }) {
          results { activity { id lead { id } } } } }`,
      );
      const { id, lead } = data.recordActivities.results[0].activity;
      for (const [field, good] of [
        ['nodes', id],
        ['activities', id],
        ['leads', lead.id],
      ] as const)
        for (let time = 0; time < 3; time += 1) {
          const answer = await ask(`query ($ids: [ID!]!) { found: ${field}(ids: $ids) { id } }`, {
            ids: [good, 'bogus', good],
          });
          assert.deepEqual(answer.data, { found: [{ id: good }, null, { id: good }] }, field);
          assert.deepEqual(
            answer.errors.map(({ path }) => path),
            [['found', 1]],
          );
        }
    });
  });

/** The same modules behind the router runtime, as where one of them is remote. */
async function routed(installation: TestInstallation, token: string): Promise<Ask> {
  const supergraphSdl = await readFile(new URL('../../schema/supergraph.graphql', import.meta.url), 'utf8');
  const { execute } = await createRouterExecutor({
    supergraphSdl,
    modules: protectedSubgraphs(),
    remotes: {},
  });
  return async (query, variables = {}) => {
    const contextValue = await installation.application.createContext(
      {
        id: 'test',
        method: 'POST',
        url: '/',
        address: undefined,
        headers: { authorization: `Bearer ${token}` },
        body: undefined,
      },
      new AbortController().signal,
    );
    return plain(
      await execute({ document: parse(query), variables, contextValue } as Parameters<Execute>[0]),
    );
  };
}

const plain = ({ data, errors }: ExecutionResult): Answer =>
  JSON.parse(JSON.stringify({ data, errors: errors ?? [] }));
