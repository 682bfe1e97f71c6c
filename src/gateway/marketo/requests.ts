import type { IncomingHttpHeaders } from 'node:http';
import type { Viewer } from '../../auth/viewer.ts';
import { digest16 } from '../../domain/digest.ts';
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import { integerFrom } from '../../ingest/dialects/marketo/decode.ts';
import type { CampaignOptions } from './campaigns.ts';
import { timeFrom } from './query.ts';
import { MarketoError } from './respond.ts';

const MAX_LEADS = 100;
const MAX_TOKENS = 100;
/** Ours: a run keeps its tokens. Characters of all of a request. */
const MAX_TOKEN_TEXT = 32 * 1024;
const MAX_KEY = 200;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const SOONEST = 5 * MINUTE;
const LATEST = 730 * 24 * HOUR;
const TOKEN = /^\{\{\s*my\.([\w-]{1,100})\s*\}\}$/;

const invalid = (message: string): MarketoError => new MarketoError('1003', `Invalid data: ${message}`);

const inputOf = (body: Json): JsonObject => {
  const input = isJsonObject(body) ? body['input'] : undefined;
  if (!isJsonObject(input)) throw new MarketoError('701', 'input cannot be blank');
  return input;
};

/**
 * Reads a request of a campaign: its leads, its tokens, and the names by which a retry of it is known. With the header
 * `Idempotency-Key` the name is the key. Otherwise it is the content with the hour, and the hour before counts too.
 * @throws MarketoError for bad input; 1004 where a lead is unknown, 1007 where a number stands for several
 */
export async function readRequest(
  { people, now }: CampaignOptions,
  viewer: Viewer,
  { id, body, headers }: { readonly id: string; readonly body: Json; readonly headers: IncomingHttpHeaders },
  signal: AbortSignal,
) {
  const input = inputOf(body);
  const numbers = numbersOf(input['leads']);
  const tokens = tokensOf(input['tokens'] ?? []);
  const found = await people.keysByNumber(viewer, numbers, signal);
  const leads = numbers.map((number) => {
    const [lead, other] = found.get(number) ?? [];
    if (!lead) throw new MarketoError('1004', `Lead '${number}' not found`);
    if (other) throw new MarketoError('1007', `Multiple leads match '${number}'`);
    return lead;
  });
  const names = namesOf(headers, JSON.stringify([id, [...leads].sort(), tokens]), now());
  return {
    campaignId: id,
    leads,
    ...names,
    ...(tokens.length > 0 && { tokens: Object.fromEntries(tokens) }),
  };
}

function numbersOf(leads: Json | undefined): readonly number[] {
  if (!Array.isArray(leads) || leads.length === 0)
    throw new MarketoError('1002', "Missing value for the required parameter 'leads'");
  if (leads.length > MAX_LEADS)
    throw invalid(`'leads' has ${leads.length} leads; at most ${MAX_LEADS} are allowed`);
  const numbers = leads.map((lead: Json) => {
    const number = isJsonObject(lead) ? integerFrom(lead['id']) : undefined;
    if (number === undefined)
      throw new MarketoError('1001', 'Invalid value of \'leads\'. Each is {"id": …} with an integer');
    return number;
  });
  return [...new Set(numbers)];
}

function tokensOf(tokens: Json): readonly (readonly [name: string, value: string])[] {
  if (!Array.isArray(tokens)) throw invalid("'tokens' is no list");
  if (tokens.length > MAX_TOKENS)
    throw invalid(`'tokens' has ${tokens.length} tokens; at most ${MAX_TOKENS} are allowed`);
  const read = tokens.map((token: Json) => {
    const { name = null, value = null } = isJsonObject(token) ? token : {};
    const [, local] = typeof name === 'string' ? (TOKEN.exec(name) ?? []) : [];
    if (local === undefined || typeof value !== 'string')
      throw invalid('each token is {"name": "{{my.name}}", "value": "text"}');
    return [local, value] as const;
  });
  if (read.reduce((sum, [, value]) => sum + value.length, 0) > MAX_TOKEN_TEXT)
    throw invalid(`the tokens have more than ${MAX_TOKEN_TEXT} characters`);
  return read;
}

function namesOf(headers: IncomingHttpHeaders, content: string, now: number) {
  const key = headers['idempotency-key'];
  if (key !== undefined) {
    if (typeof key !== 'string' || key === '' || key.length > MAX_KEY)
      throw invalid(`'Idempotency-Key' has 1 to ${MAX_KEY} characters`);
    return { requestId: `key ${digest16(key)}` };
  }
  const hour = Math.floor(now / HOUR);
  const name = (of: number): string => `content ${digest16(content)} ${of}`;
  return { requestId: name(hour), formerRequestId: name(hour - 1) };
}

/** The time of a schedule: in five minutes where there is none. @throws MarketoError 1042 for a time that is too near or far */
export function readSchedule(body: Json, now: number): Date {
  const input = inputOf(body);
  for (const name of ['tokens', 'cloneToProgramName'])
    if (input[name] !== undefined) throw invalid(`'${name}' is not supported here; leave it out`);
  const { runAt } = input;
  if (runAt === undefined || runAt === null) return new Date(now + SOONEST);
  const at = timeFrom(typeof runAt === 'string' ? runAt : '');
  if (at < now + SOONEST) throw new MarketoError('1042', 'Invalid runAt date: it must be 5 minutes ahead');
  if (at > now + LATEST)
    throw new MarketoError('1042', 'Invalid runAt date: it is too far in the future (max is 2 years)');
  return new Date(at);
}
