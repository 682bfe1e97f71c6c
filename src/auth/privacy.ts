import type { ActivityTypeDefinition } from '../domain/activity-types.ts';
import type { Json, JsonObject } from '../domain/json.ts';
import type { Lead } from '../domain/lead.ts';
import { attributesPlace, UNDECLARED_ATTRIBUTES } from '../domain/personal/data.ts';
import { holdsPersonal, maskText } from '../domain/personal/text.ts';
import { DomainError } from '../lib/errors.ts';
import { remembered } from '../lib/remembered.ts';
import { maskAttributes, maskContext, maskLead, maskOriginal } from './pii.ts';
import { hasScope, type Viewer } from './viewer.ts';

/**
 * Decides the personal data that a viewer may ask for and see, for every dialect. Data that is masked in one field
 * can't be read, searched, counted or guessed through another field.
 */
export type Privacy = {
  /** Whether personal data may be read and searched. */
  readonly pii: boolean;
  /** A text of any kind: a name, an id, a message, the key of a figure. */
  text(text: string): string;
  lead(lead: Lead): Lead;
  attributes(attributes: JsonObject, type: ActivityTypeDefinition | undefined): JsonObject;
  context(context: JsonObject): JsonObject;
  /** An item that was refused, as it was sent. */
  original(item: Json): Json;
  /** A value that a question looks for. @throws DomainError `FORBIDDEN` at `path` for a value with personal data */
  wanted(value: string, path: string): string;
  /**
   * The types whose activities may be looked at by an attribute: those that declare it open. Null: all.
   * @param types all types of the tenant
   * @param use what the question does with it, for the message: 'a condition on it'
   * @throws DomainError `FORBIDDEN` at `path` when it is personal in some type, or declared open in none
   */
  typesBy(
    attribute: string,
    types: readonly ActivityTypeDefinition[],
    use: string,
    path: string,
  ): readonly string[] | null;
};

/** The error for a question about personal data without the scope for it. */
export const needsPii = (what: string, field: string): DomainError =>
  new DomainError('FORBIDDEN', `${what} needs a credential with the scope 'leads:pii'.`, { field });

const same = <T>(value: T): T => value;

const OPEN: Privacy = {
  pii: true,
  text: same,
  lead: same,
  attributes: same,
  context: same,
  original: same,
  wanted: same,
  typesBy: () => null,
};

/** Texts whose masked form is cached, because a query can ask for each under many aliases. */
const MAX_TEXTS = 2_000;

const MASKED: Privacy = {
  pii: false,
  text: remembered(maskText, MAX_TEXTS),
  lead: maskLead,
  attributes: maskAttributes,
  context: maskContext,
  original: maskOriginal,
  wanted(value, path) {
    if (holdsPersonal(value))
      throw needsPii(
        'To look for an e-mail address, or for an address of a page that says whose it is,',
        path,
      );
    return value;
  },
  typesBy(attribute, types, use, path) {
    const declaring = types.filter(({ attributes }) => attributes.some(({ name }) => name === attribute));
    if (declaring.some((type) => attributesPlace(type).below(attribute).shown !== 'all'))
      throw needsPii(`The attribute '${maskText(attribute)}' is personal data; ${use}`, path);
    if (UNDECLARED_ATTRIBUTES.below(attribute).shown === 'all') return null;
    if (declaring.length > 0) return declaring.map(({ name }) => name);
    throw needsPii(
      `No activity type declares the attribute '${maskText(attribute)}', so it may be personal data; ${use}`,
      path,
    );
  },
};

/** The privacy of a viewer. */
export const privacyOf = (viewer: Viewer): Privacy => (hasScope(viewer, 'leads:pii') ? OPEN : MASKED);
