import { badInput } from '../lib/errors.ts';
import { remembered } from '../lib/remembered.ts';
import { digest16 } from './digest.ts';
import type { LeadKey } from './lead.ts';
import type { IdSpace } from './tenant.ts';

/**
 * An activity's id in base64url: lead (16 bytes), time (6 bytes, big-endian epoch milliseconds) and the first 16 bytes
 * of SHA-256(id space, messageId). The row key follows from it, so that a look-up by id is one read without an index.
 * 38 bytes are 51 characters.
 */
export type ActivityId = string;

export type ActivityKey = {
  readonly leadKey: LeadKey;
  /** Epoch milliseconds. */
  readonly occurredAt: number;
  /** 22 characters of base64url; unique in the tenant by messageId. */
  readonly hash: string;
};

export const ID_BYTES = 38;
/** Where the message's hash begins in an id's bytes; it goes on to the end. */
export const HASH_START = 22;
/** Base64url of 38 bytes: the bits that the last character has to spare are 0, so each has one text. */
export const ACTIVITY_ID_FORM = /^[\w-]{50}[AEIMQUYcgkosw048]$/;
const MAX_TIME = 2 ** 48 - 1;

/**
 * The space of a message id. Message ids of public keys are a space of their own, because every reader of a web page
 * has such a key. So it can neither take an id of the tenant's systems nor learn whether it is taken.
 */
export type MessageSpace = 'secret' | 'public';

/**
 * The hash part of an activity's id: the same for every retry of a message, whatever else its body says.
 * @param idSpace of the tenant (`Tenant.idSpace`)
 */
export function messageHash(idSpace: IdSpace, messageId: string, space: MessageSpace = 'secret'): string {
  // No message id contains a NUL, so the two spaces never meet.
  return digest16(space === 'public' ? `${idSpace}\0\0${messageId}` : `${idSpace}\0${messageId}`);
}

/** Whether an id's hash is that of the message, in either space. */
export const isHashOf = (hash: string, idSpace: IdSpace, messageId: string): boolean =>
  hash === messageHash(idSpace, messageId) || hash === messageHash(idSpace, messageId, 'public');

/** The hash part of an activity's id; empty for any other text. */
export const hashOfId = (id: ActivityId): string => parseActivityId(id)?.hash ?? '';

/** Between text and parts of an id; never held over a call. */
const scratch = Buffer.alloc(ID_BYTES);

/** Packs an activity's key into its id. @throws RangeError for a time outside 0 … 2^48-1 ms. */
export function activityId(key: ActivityKey): ActivityId {
  if (!Number.isInteger(key.occurredAt) || key.occurredAt < 0 || key.occurredAt > MAX_TIME)
    throw new RangeError(`occurredAt ${key.occurredAt} is outside 0 … 2^48-1 milliseconds`);
  scratch.fill(0);
  scratch.write(key.leadKey, 0, 16, 'base64url');
  scratch.writeUIntBE(key.occurredAt, 16, 6);
  scratch.write(key.hash, HASH_START, 16, 'base64url');
  return scratch.toString('base64url');
}

/** Writes the bytes of an id at the start of `bytes`. */
export function readIdInto(bytes: Buffer, id: ActivityId): void {
  bytes.write(id, 0, ID_BYTES, 'base64url');
}

/** The id whose bytes are at `start`. */
export const writeId = (bytes: Buffer, start: number): ActivityId =>
  bytes.toString('base64url', start, start + ID_BYTES);

/** Unpacks an id; undefined when it is not one (wrong length, alphabet or padding bits). */
export function parseActivityId(id: string): ActivityKey | undefined {
  if (!ACTIVITY_ID_FORM.test(id)) return undefined;
  readIdInto(scratch, id);
  return {
    leadKey: scratch.toString('base64url', 0, 16),
    occurredAt: scratch.readUIntBE(16, 6),
    hash: scratch.toString('base64url', HASH_START),
  };
}

/** Of objects with a global id: how their ids are written. */
export type IdKind = {
  /** Name of their type in the schema. */
  readonly type: string;
  /** First character of their global ids. It never changes, because callers keep ids. */
  readonly letter: string;
  /** The form of local ids that are base64url already; undefined for names, which are encoded. */
  readonly form?: RegExp;
};

const kinds = new Map<string, IdKind>();

/** Declares a kind of id, once for each kind. @throws Error for a letter that another kind has */
export function idKind(kind: IdKind): IdKind {
  const other = kinds.get(kind.letter);
  if (other) throw new Error(`The ids of ${kind.type} and ${other.type} begin with the same letter.`);
  kinds.set(kind.letter, kind);
  return kind;
}

/** Names that are in use at a time are few, and each stands in many an answer. */
const MAX_NAMES = 10_000;
const encodeName = remembered((name: string) => Buffer.from(name, 'utf8').toString('base64url'), MAX_NAMES);
/** Undefined for what `encodeName` would not have written. */
const decodeName = remembered((text: string): string | undefined => {
  const bytes = Buffer.from(text, 'base64url');
  const name = bytes.toString('utf8');
  return bytes.toString('base64url') === text && Buffer.from(name, 'utf8').equals(bytes) ? name : undefined;
}, MAX_NAMES);

/** The opaque global id of the Relay specification: a letter for the kind, then the local id, all base64url. */
export const toGlobalId = ({ letter, form }: IdKind, local: string): string =>
  letter + (form ? local : encodeName(local));

/** Takes a global id apart; undefined when it is none of ours. */
export function parseGlobalId(id: string): { readonly kind: IdKind; readonly local: string } | undefined {
  const kind = kinds.get(id.charAt(0));
  const rest = id.slice(1);
  if (!kind || rest === '') return undefined;
  if (kind.form) return kind.form.test(rest) ? { kind, local: rest } : undefined;
  const local = decodeName(rest);
  return local === undefined ? undefined : { kind, local };
}

/**
 * The local id in a global id that must be of `kind`.
 * @throws DomainError `BAD_USER_INPUT` naming `path` for a malformed id or one of another kind.
 */
export function requireGlobalId(kind: IdKind, id: string, path: string): string {
  const parsed = parseGlobalId(id);
  if (!parsed)
    throw badInput(`This is not an id of this API. Take ids from the 'id' field of a ${kind.type}.`, path);
  if (parsed.kind !== kind)
    throw badInput(`This is the id of a ${parsed.kind.type}; the id of a ${kind.type} is needed.`, path);
  return parsed.local;
}
