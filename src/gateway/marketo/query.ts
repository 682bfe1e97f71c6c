import type { FastifyRequest } from 'fastify';
import type { Json } from '../../domain/json.ts';
import { parseTime } from '../../domain/time/iso-time.ts';
import { BodyError, readJson } from '../http/body.ts';
import { MarketoError } from './respond.ts';

/** Marketo's limit: 1 MB a body. */
const MAX_BODY_BYTES = 1024 * 1024;

/** The parameters in the address. */
export const searchOf = ({ url }: FastifyRequest): URLSearchParams =>
  new URLSearchParams(url.includes('?') ? url.slice(url.indexOf('?') + 1) : '');

/** The parameters in a body that is a form. */
export const formOf = ({ body }: FastifyRequest): URLSearchParams =>
  new URLSearchParams(Buffer.isBuffer(body) ? body.toString('utf8') : '');

/** The JSON in a body. @throws MarketoError for another type (612) and for broken JSON (609) */
export async function jsonOf(request: FastifyRequest): Promise<Json> {
  if (!/json/i.test(request.headers['content-type'] ?? ''))
    throw new MarketoError('612', 'Invalid Content Type');
  const raw = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  try {
    return (await readJson(raw, request.headers['content-encoding'], MAX_BODY_BYTES)) as Json;
  } catch (error) {
    if (error instanceof BodyError && error.status === 400) throw new MarketoError('609', 'Invalid JSON');
    throw error;
  }
}

export const missing = (name: string): never => {
  throw new MarketoError('1002', `Missing value for the required parameter '${name}'`);
};

export const required = (query: URLSearchParams, name: string): string => query.get(name) || missing(name);

/** Values of a list, which comes with commas or as a parameter that is there several times; null when it is not there. */
export function list(query: URLSearchParams, name: string, most: number): readonly string[] | null {
  const values = query
    .getAll(name)
    .flatMap((text) => text.split(','))
    .map((text) => text.trim())
    .filter(Boolean);
  if (values.length > most)
    throw new MarketoError('1003', `Invalid data: '${name}' has more than ${most} values`);
  return values.length > 0 ? values : null;
}

export function integers(query: URLSearchParams, name: string, most: number): readonly number[] | undefined {
  const values = list(query, name, most);
  return values?.map((text) => integer(text, name));
}

export function integer(text: string, name: string): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw wrongType(text, name, 'integer');
  return value;
}

/** An integer in its bounds; the fallback when it is not there. As Marketo does it, a larger value counts as the largest. */
export function size(query: URLSearchParams, name: string, most: number, fallback = most): number {
  const value = query.has(name) ? integer(query.get(name) ?? '', name) : fallback;
  return Math.min(Math.max(value, 1), most);
}

/** A boolean; null when it is not there. */
export function flag(query: URLSearchParams, name: string): boolean | null {
  const text = query.get(name);
  if (text === null) return null;
  if (!/^(true|false|1|0)$/i.test(text)) throw wrongType(text, name, 'boolean');
  return /^(true|1)$/i.test(text);
}

/** A time in epoch milliseconds; null when it is not there. */
export function time(query: URLSearchParams, name: string): number | null {
  const text = query.get(name);
  return text === null ? null : timeFrom(text);
}

/** @throws MarketoError for a text that is no time */
export function timeFrom(text: string): number {
  const value = parseTime(text);
  if (value === undefined) throw new MarketoError('704', 'Invalid date format');
  return value;
}

const wrongType = (text: string, name: string, type: string): MarketoError =>
  new MarketoError('1001', `Invalid value '${text.slice(0, 40)}' of '${name}'. Required of type '${type}'`);

/** @throws MarketoError for the first of these parameters that is there: nothing here has such a thing */
export function refuse(query: URLSearchParams, names: readonly string[]): void {
  const found = names.find((name) => query.has(name));
  if (found) throw new MarketoError('1003', `Invalid data: '${found}' is not supported here; leave it out`);
}
