import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { GraphqlData } from '../support/application.ts';
import { filesWith } from '../support/bytes.ts';
import { type Child, startChild } from '../support/child.ts';
import { temporaryDirectory } from '../support/temp.ts';
import { until } from '../support/until.ts';

const CHILD = join(import.meta.dirname, 'server-child.ts');
const KILLS = 8;
/** Of each person and of others, together. */
const ACTIVITIES = 250;
/** Ends a server that hangs; a slow machine must not reach it. */
const HANG_MS = 900_000;

type Person = { readonly mark: string; readonly lead: string; erasure: string | undefined };
type Server = Child & { readonly address: string; readonly token: string };

describe('kill -9 in the middle of an erasure', () => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let server: Server | undefined;
  let messages = 0;
  before(async () => {
    directory = await temporaryDirectory();
  });
  after(async () => {
    await server?.kill();
    await directory.remove();
  });

  const start = async (): Promise<Server> => {
    const child = startChild(CHILD, [directory.path]);
    const ready = () => child.lines.find((line) => line.startsWith('{'));
    await until(
      'the server is there',
      () => {
        assert.equal(child.process.exitCode, null, child.errors());
        return ready() !== undefined;
      },
      HANG_MS,
    );
    return Object.assign(child, JSON.parse(ready() ?? '') as Pick<Server, 'address' | 'token'>);
  };
  const ask = async (query: string, variables: object = {}): Promise<GraphqlData> => {
    assert.ok(server);
    const response = await fetch(`${server.address}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${server.token}` },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = (await response.json()) as GraphqlData;
    assert.equal(errors, undefined, JSON.stringify(errors));
    return data;
  };
  const erase = async (id: string): Promise<string> =>
    (await ask('mutation ($id: ID!) { eraseLead(id: $id) { id } }', { id })).eraseLead.id;
  const receiptOf = async (id: string) =>
    (await ask('query ($id: ID!) { erasure(id: $id) { isDone stores { store doneAt } } }', { id })).erasure;
  const countOf = async (externalId: string) =>
    (
      await ask(
        'query ($externalId: String!) { lead(externalId: $externalId) { activities(first: 1000) { nodes { messageId } } } }',
        { externalId },
      )
    ).lead?.activities.nodes.length;

  /** Writes a person among others. @returns the lead's id */
  const write = async (mark: string): Promise<string> => {
    const { identifyLeads } = await ask(
      'mutation ($input: IdentifyLeadsInput!) { identifyLeads(input: $input) { results { lead { id } } } }',
      {
        input: {
          leads: [{ externalId: mark, anonymousId: `device-${mark}`, email: `${mark}@example.com` }],
        },
      },
    );
    const activities = Array.from({ length: ACTIVITIES }, (_, n) => {
      const externalId = n % 5 === 0 ? mark : `other-${n % 5}`;
      return {
        messageId: `${n}-${mark}`,
        externalId,
        type: 'Visit Webpage',
        occurredAt: '2026-06-01T12:00:00Z',
        attributes: { title: `text of ${externalId}` },
      };
    }).map((activity) =>
      activity.externalId === mark ? activity : { ...activity, messageId: `m-${messages++}` },
    );
    await ask('mutation ($input: RecordActivitiesInput!) { recordActivities(input: $input) { accepted } }', {
      input: { activities },
    });
    return identifyLeads.results[0].lead.id;
  };

  test('every receipt is completed after the kills, and no byte of a person is left', async () => {
    server = await start();
    const people: Person[] = [];
    for (let n = 0; n < KILLS; n += 1) {
      const mark = `zq${randomBytes(8).toString('hex')}`;
      people.push({ mark, lead: await write(mark), erasure: undefined });
    }
    await server.stop();
    const filesOf = ({ mark }: Person) => filesWith([directory.path], mark);
    for (const person of people) assert.ok((await filesOf(person)).length > 0, 'the mark can be found');

    /** How long an erasure takes here, in milliseconds: kills are spread over it. */
    let span = 6_000;
    for (const [index, person] of people.entries()) {
      server = await start();
      const began = performance.now();
      let isOver = false;
      const erasing = (async () => {
        const id = await erase(person.lead);
        person.erasure = id;
        while (!(await receiptOf(id)).isDone) await sleep(20);
        span = performance.now() - began;
      })();
      // The kill ends it, too.
      const ended = erasing.catch((error) => assert.ok(isOver, String(error)));
      await Promise.race([sleep((span * (index + 1)) / (KILLS + 1)), ended]);
      isOver = true;
      await server.kill();
      await ended;
    }

    server = await start();
    console.log(
      `${people.filter(({ erasure }) => erasure).length} of ${KILLS} were answered before the kill`,
    );
    for (const person of people) person.erasure ??= await erase(person.lead);
    await server.stop();
    // A process rewrites files once an hour: those who were erased just now have their turn in the next.
    server = await start();
    for (const { erasure } of people)
      await until(
        'the receipt is completed',
        async () => {
          assert.equal(server?.process.exitCode, null, server?.errors());
          return (await receiptOf(erasure ?? '')).isDone;
        },
        HANG_MS,
      );
    for (const { mark } of people) assert.equal(await countOf(mark), undefined);
    for (let n = 1; n < 5; n += 1) assert.equal(await countOf(`other-${n}`), (KILLS * ACTIVITIES) / 5);
    await server.stop();
    for (const person of people) assert.deepEqual(await filesOf(person), []);
  });
});
