import type { Viewer } from '../../auth/viewer.ts';
import { isJsonObject, type Json } from '../../domain/json.ts';
import type { Lead, LeadKey } from '../../domain/lead.ts';
import { marketoAssetId, marketoLeadId } from '../../domain/marketo-ids.ts';
import { integerFrom } from '../../ingest/dialects/marketo/decode.ts';
import type { People } from '../../services/people.ts';
import type { Automation } from '../../services/smart-campaigns/automation.ts';
import type { MemberOutcome } from '../../services/smart-campaigns/lists.ts';
import type { ShownList } from '../../services/smart-campaigns/shown.ts';
import { type AddRoute, type Call, numberOf } from './call.ts';
import { everyOne, pageOf, secondOf, tokenFault, withNumber } from './numbered.ts';
import { integers, jsonOf, list, refuse, size } from './query.ts';
import { MarketoError } from './respond.ts';

export type ListOptions = {
  readonly automation: Automation;
  readonly people: Pick<People, 'byKeys' | 'keysByNumber'>;
};

const MAX_PAGE = 300;
const MAX_LEADS = 300;
const MAX_FIELDS = 100;
const DEFAULT_FIELDS = ['firstName', 'lastName', 'email', 'updatedAt', 'createdAt'] as const;
const URL = '/rest/v1/lists';

/** Marketo's lead API about static lists and their members. Smart lists are none of it. */
export function listRoutes(add: AddRoute, options: ListOptions): void {
  const { automation } = options;
  add(`${URL}.json`, {
    GET: [
      'activities:read',
      async ({ viewer, query, signal }) => {
        refuse(query, ['programName', 'workspaceName']);
        const { items, more } = pageOf(viewer, 'lists', await everyList(automation, viewer, signal), query);
        return { result: items.map(listOf), ...more };
      },
    ],
  });
  add(`${URL}/:id.json`, {
    GET: ['activities:read', async (call) => ({ result: [listOf(await listAt(automation, call))] })],
  });
  add(`${URL}/:id/leads.json`, {
    GET: ['activities:read', (call) => readMembers(options, call)],
    POST: ['campaigns:write', (call) => changeMembers(options, call, 'addMembers')],
    DELETE: ['campaigns:write', (call) => changeMembers(options, call, 'removeMembers')],
  });
}

const everyList = async ({ lists }: Automation, viewer: Viewer, signal: AbortSignal) =>
  (await everyOne((question) => lists.list(viewer, question, signal))).filter(({ isSmart }) => !isSmart);

const listAt = async (automation: Automation, call: Call): Promise<ShownList> =>
  withNumber(await everyList(automation, call.viewer, call.signal), numberOf(call));

const listOf = ({ id, name, createdAt, updatedAt }: ShownList) => ({
  id: marketoAssetId(id),
  name,
  workspaceName: 'Default',
  createdAt: secondOf(createdAt),
  updatedAt: secondOf(updatedAt),
});

async function readMembers({ automation, people }: ListOptions, call: Call) {
  const { viewer, query, signal } = call;
  const { id } = await listAt(automation, call);
  const fields = list(query, 'fields', MAX_FIELDS) ?? DEFAULT_FIELDS;
  const question = { first: size(query, 'batchSize', MAX_PAGE), after: query.get('nextPageToken') };
  const page = await automation.lists.members(viewer, id, question, signal).catch((error: unknown) => {
    throw tokenFault(error);
  });
  const keys = page.items.map(({ leadKey }) => leadKey);
  const leads = await people.byKeys(viewer, keys, signal);
  const last = page.items.at(-1);
  return {
    result: leads.flatMap((lead) => (lead ? [leadOf(lead, fields)] : [])),
    ...(page.hasNextPage && last && { nextPageToken: page.cursorOf(last) }),
  };
}

/** A lead with its number and these fields: null for those that it does not have. */
const leadOf = (lead: Lead, fields: readonly string[]) => ({
  id: marketoLeadId(lead),
  ...Object.fromEntries(fields.filter((name) => name !== 'id').map((name) => [name, fieldOf(lead, name)])),
});

function fieldOf({ email, externalId, firstSeenAt, lastSeenAt, traits }: Lead, name: string): Json {
  if (name === 'email') return email;
  if (name === 'externalId') return externalId;
  if (name === 'createdAt') return secondOf(firstSeenAt);
  if (name === 'updatedAt') return secondOf(lastSeenAt);
  const value = Object.hasOwn(traits, name) ? (traits[name] ?? null) : null;
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : value;
}

/** Adds or removes leads: an outcome for each, in order. */
async function changeMembers(
  { automation, people }: ListOptions,
  call: Call,
  change: 'addMembers' | 'removeMembers',
) {
  const { viewer, signal } = call;
  const { id } = await listAt(automation, call);
  const numbers = await numbersOf(call);
  const found = await people.keysByNumber(viewer, numbers, signal);
  const keyOf = (number: number): LeadKey | undefined => {
    const leads = found.get(number) ?? [];
    return leads.length === 1 ? leads[0] : undefined;
  };
  const keys = [...new Set(numbers.flatMap((number) => keyOf(number) ?? []))];
  const outcomes = await automation.lists[change](viewer, id, keys, signal);
  const byKey = new Map(outcomes.map((outcome) => [outcome.leadKey, outcome.status]));
  return {
    result: numbers.map((number) => {
      if ((found.get(number) ?? []).length > 1) return skipped(number, '1007', 'Multiple leads match');
      const status = byKey.get(keyOf(number) ?? '') ?? 'NOT_FOUND';
      return resultOf(number, change === 'addMembers' && status === 'UNCHANGED' ? 'ADDED' : status);
    }),
  };
}

function resultOf(id: number, status: MemberOutcome['status']) {
  switch (status) {
    case 'ADDED':
      return { id, status: 'added' };
    case 'REMOVED':
      return { id, status: 'removed' };
    case 'UNCHANGED':
      return skipped(id, '1015', 'Lead not in list');
    case 'NOT_FOUND':
      return skipped(id, '1004', 'Lead not found');
    default:
      return status satisfies never;
  }
}

const skipped = (id: number, code: string, message: string) => ({
  id,
  status: 'skipped',
  reasons: [{ code, message }],
});

/** The numbers of leads in the parameter `id`, or in the body. */
async function numbersOf({ query, request }: Call): Promise<readonly number[]> {
  const given = integers(query, 'id', MAX_LEADS);
  if (given) return given;
  const body = await jsonOf(request);
  const input = isJsonObject(body) ? body['input'] : undefined;
  if (!Array.isArray(input) || input.length === 0) throw new MarketoError('701', 'input cannot be blank');
  if (input.length > MAX_LEADS)
    throw new MarketoError(
      '1003',
      `Invalid data: 'input' has ${input.length} leads; at most ${MAX_LEADS} are allowed`,
    );
  return input.map((lead: Json) => {
    const number = isJsonObject(lead) ? integerFrom(lead['id']) : undefined;
    if (number === undefined)
      throw new MarketoError('1001', 'Invalid value of \'input\'. Each is {"id": …} with an integer');
    return number;
  });
}
