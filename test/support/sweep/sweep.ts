import {
  buildClientSchema,
  type GraphQLSchema,
  getIntrospectionQuery,
  type IntrospectionQuery,
  isInputObjectType,
  isObjectType,
} from 'graphql';
import type { Scope } from '../../../src/domain/scopes.ts';
import { argumentCalls, type Call, inputFieldsOf, requestOf, type Selected, wholeCalls } from './calls.ts';
import { sweepMarketo } from './marketo.ts';
import { DIGIT, PLANTED, type SweepTarget, type TenantId } from './plant.ts';
import { createValues, Harvest } from './values.ts';

/** Who asks: a tenant, and what for. No tenant: nobody. */
export type Role = {
  readonly name: string;
  readonly tenant: TenantId | null;
  readonly scopes: readonly Scope[];
  readonly token: string | undefined;
};

export type Sweep = {
  /** What was wrong: an answer that holds what it must not, or INTERNAL. */
  readonly faults: string[];
  readonly requests: number;
  readonly fields: { readonly covered: number; readonly missing: readonly string[] };
  readonly arguments: { readonly covered: number; readonly missing: readonly string[] };
};

/**
 * What of an answer its caller must not have: planted words of another tenant and, without `leads:pii`, personal ones.
 * A word that was sent is no secret from its sender.
 */
export function leaksIn(
  answer: string,
  sent: ReadonlySet<string>,
  role: Pick<Role, 'tenant' | 'scopes'>,
): string[] {
  const leaks = new Set<string>();
  const look = (text: string, isEncoded: boolean): void => {
    for (const { 0: word, groups } of text.matchAll(PLANTED)) {
      if (sent.has(word)) continue;
      const isOwn = role.tenant !== null && groups?.['tenant'] === DIGIT[role.tenant];
      const isPersonal = groups?.['kind'] === 'pii' || (groups?.['kind'] === 'cid' && !isEncoded);
      if (!isOwn || (isPersonal && !role.scopes.includes('leads:pii'))) leaks.add(word);
    }
  };
  look(answer, false);
  for (const text of decodedOf(answer)) look(text, true);
  return [...leaks];
}

/** What base64 in a text says, such as in ids and cursors; from each place that a group of four can begin at. */
const decodedOf = (text: string): string[] =>
  [...new Set(text.match(/[\w+/-]{8,}/g))].flatMap((token) =>
    [0, 1, 2, 3].map((start) => Buffer.from(token.slice(start), 'base64').toString('latin1')),
  );

/**
 * Asks everything that the schema has, by introspection, as every role; what is asked is made of what the tenant `one`
 * can read and of what it sent.
 * @param wide roles that try every value of every argument; all roles ask every root field once
 * @param most values of one text, id or enum
 */
export async function sweep(
  target: SweepTarget,
  { roles, wide, most }: { roles: readonly Role[]; wide: readonly Role[]; most: number },
): Promise<Sweep> {
  const reader = roles.find(
    ({ tenant, scopes }) => tenant === 'one' && scopes.includes('leads:pii') && scopes.length > 1,
  );
  if (!reader) throw new Error('no role reads all of tenant one');
  const schema = await introspect(target, reader);
  const harvest = new Harvest();
  const values = createValues(harvest, most);
  const [faults, seen, used] = [[] as string[], new Set<string>(), new Set<string>()];
  /** What each tenant was told by mutations of this sweep, and so may show. */
  const told = { one: new Set<string>(), two: new Set<string>() };
  let requests = 0;

  const ask = async (calls: readonly Call[], role: Role): Promise<void> => {
    requests += 1;
    const body = JSON.stringify(requestOf(calls));
    const response = await fetch(`${target.address}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(role.token && { authorization: `Bearer ${role.token}` }),
      },
      body,
    });
    const text = await response.text();
    const answer = JSON.parse(text) as {
      data?: Record<string, unknown>;
      errors?: { message: string; path?: unknown[]; extensions?: { code?: string } }[];
    };
    const name = calls
      .map(({ root }) => `${root.field.name}(${JSON.stringify(root.args)})`)
      .join(' ')
      .slice(0, 400);
    const sent = new Set(body.match(PLANTED));
    if (role.tenant) {
      if (calls[0]?.operation === 'mutation') for (const word of sent) told[role.tenant].add(word);
      for (const word of told[role.tenant]) sent.add(word);
    }
    for (const word of leaksIn(text, sent, role))
      faults.push(`${role.name}: ${word} in the answer to ${name}`);
    for (const error of answer.errors ?? [])
      if (error.extensions?.code === 'INTERNAL' || !error.extensions?.code)
        faults.push(
          `${role.name}: ${error.extensions?.code} ${error.message} at ${error.path?.join('.')} for ${name}`,
        );
    if (!answer.data && role === reader && !answer.errors?.[0]?.path && calls.length > 1)
      faults.push(`${role.name}: nothing of ${name} was answered: ${answer.errors?.[0]?.message}`);
    if (role === reader || (wide.includes(role) && role.tenant === 'one')) {
      calls.forEach(({ root }, index) => note(root, answer.data?.[`r${index}`], { seen, harvest }));
      for (const word of new Set(text.match(PLANTED))) harvest.add('planted', word);
    }
    if (wide.includes(role)) for (const { root } of calls) use(root, used);
  };

  // Twice: the second time with ids and cursors that the first has found.
  for (const _ of [1, 2]) for (const call of wholeCalls(schema, values)) await ask([call], reader);
  for (const role of roles) for (const call of wholeCalls(schema, values)) await ask([call], role);
  for (const role of wide)
    for (const calls of inGroups(argumentCalls(schema, values))) await ask(calls, role);

  for (const role of roles) {
    const planted = harvest.of('planted').slice(0, 2 * most);
    for (const { path, text } of await sweepMarketo(target.address, role.token, reader.token, planted)) {
      requests += 1;
      const sent = new Set([...(path.match(PLANTED) ?? []), ...(role.tenant ? told[role.tenant] : [])]);
      for (const word of leaksIn(text, sent, role))
        faults.push(`${role.name}: ${word} in the answer to ${path}`);
      if (/"code":"611"|INTERNAL/.test(text)) faults.push(`${role.name}: ${text.slice(0, 200)} for ${path}`);
    }
  }

  const [fields, inputs] = [fieldsOf(schema), argumentsOf(schema)];
  return {
    faults,
    requests,
    fields: { covered: fields.length, missing: fields.filter((name) => !seen.has(name)) },
    arguments: { covered: inputs.length, missing: inputs.filter((name) => !used.has(name)) },
  };
}

async function introspect(target: SweepTarget, { token }: Role): Promise<GraphQLSchema> {
  const response = await fetch(`${target.address}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: getIntrospectionQuery() }),
  });
  return buildClientSchema(((await response.json()) as { data: IntrospectionQuery }).data);
}

const GROUP = 10;
function inGroups(calls: readonly Call[]): Call[][] {
  // A mutation that is refused takes the others of its request with it.
  const queries = calls.filter(({ operation }) => operation === 'query');
  const mutations = calls.filter(({ operation }) => operation === 'mutation');
  const groups = Array.from({ length: Math.ceil(queries.length / GROUP) }, (_, index) =>
    queries.slice(index * GROUP, (index + 1) * GROUP),
  );
  return [...groups, ...mutations.map((call) => [call])];
}

/** Notes which fields were resolved, and the texts in them. */
function note(selected: Selected, value: unknown, found: { seen: Set<string>; harvest: Harvest }): void {
  // An error of a list of objects leaves none to look at; of a leaf that may be null, null is an answer.
  if (value === undefined) return;
  found.seen.add(`${selected.owner}.${selected.field.name}`);
  if (typeof value === 'string') found.harvest.add(selected.field.name, value);
  if (Array.isArray(value)) for (const item of value) note(selected, item ?? undefined, found);
  else if (typeof value === 'object' && value !== null && selected.below.size > 0) {
    const parts = selected.below.get((value as { __typename: string }).__typename) ?? [];
    for (const part of parts) note(part, (value as Record<string, unknown>)[part.alias], found);
  }
}

function use(selected: Selected, used: Set<string>): void {
  for (const [name, value] of Object.entries(selected.args)) {
    used.add(`${selected.owner}.${selected.field.name}(${name})`);
    const arg = selected.field.args.find((known) => known.name === name);
    if (arg) for (const field of inputFieldsOf(arg.type, value)) used.add(field);
  }
  for (const parts of selected.below.values()) for (const part of parts) use(part, used);
}

const own = (name: string): boolean => !name.startsWith('_');

const fieldsOf = (schema: GraphQLSchema): string[] =>
  Object.values(schema.getTypeMap())
    .filter(isObjectType)
    .filter(({ name }) => own(name))
    .flatMap((type) =>
      Object.keys(type.getFields())
        .filter(own)
        .map((field) => `${type.name}.${field}`),
    );

const argumentsOf = (schema: GraphQLSchema): string[] =>
  Object.values(schema.getTypeMap())
    .filter(({ name }) => own(name))
    .flatMap((type) =>
      isInputObjectType(type)
        ? Object.keys(type.getFields()).map((field) => `${type.name}.${field}`)
        : isObjectType(type)
          ? Object.values(type.getFields())
              .filter(({ name }) => own(name))
              .flatMap((field) => field.args.map((arg) => `${type.name}.${field.name}(${arg.name})`))
          : [],
    );
