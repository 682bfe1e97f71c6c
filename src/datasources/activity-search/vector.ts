import type { Activity } from '../../domain/activity.ts';
import type { ActivityTypeDefinition } from '../../domain/activity-types.ts';
import { type Json, type JsonObject, isJsonObject } from '../../domain/json.ts';
import { tokenize } from '../../domain/text-query.ts';

/**
 * Weights of a tsvector. A: names and titles; B: other attributes; C: circumstances; D: personal data,
 * which is searched for callers with `leads:pii` only.
 */
type Weight = 'A' | 'B' | 'C' | 'D';

/** PostgreSQL keeps positions up to this, and lexemes up to 2,046 bytes. */
const MAX_POSITION = 16_383;
const MAX_TOKEN_LENGTH = 255;
/** More tokens of one activity are not worth their place in the index. */
const MAX_TOKENS = 2_000;
/** Between two fields, so that no phrase spans them. */
const GAP = 2;

const PRIMARY = new Set(['title', 'subject', 'event', 'name', 'formName', 'description', 'scoreName', 'attributeName']);
const ADDRESSES = new Set(['url', 'path', 'referrer', 'search', 'link']);
/** Of a context: what identifies a person or a machine of the person. */
const PERSONAL_CONTEXT = new Set(['ip', 'email', 'traits']);
const EMAIL_LIKE = /\S@\S/;

/** Collects tokens with positions and weights, as the text of a tsvector. */
class VectorBuilder {
  readonly #lexemes = new Map<string, string[]>();
  #position = 1;
  #count = 0;

  add(text: string, weight: Weight): void {
    for (const token of tokenize(text)) {
      if (this.#count >= MAX_TOKENS) return;
      const lexeme = token.slice(0, MAX_TOKEN_LENGTH);
      const places = this.#lexemes.get(lexeme);
      const place = `${Math.min(this.#position, MAX_POSITION)}${weight === 'D' ? '' : weight}`;
      if (places) places.push(place);
      else this.#lexemes.set(lexeme, [place]);
      this.#position += 1;
      this.#count += 1;
    }
    this.#position += GAP;
  }

  /** Strings anywhere in a JSON value; numbers and booleans as their text. E-mail addresses are personal wherever they stand. */
  addJson(value: Json, weight: Weight): void {
    if (typeof value === 'string') this.add(value, EMAIL_LIKE.test(value) ? 'D' : weight);
    else if (typeof value === 'number') this.add(String(value), weight);
    else if (Array.isArray(value)) for (const item of value) this.addJson(item, weight);
    else if (isJsonObject(value)) for (const item of Object.values(value)) this.addJson(item, weight);
  }

  toString(): string {
    let text = '';
    // Tokens are letters and digits, so quotes need no escape.
    for (const [lexeme, places] of this.#lexemes) text += `'${lexeme}':${places.slice(0, 255).join()} `;
    return text;
  }
}

/** What can be found of an activity, as tsvector text. `type` tells which attributes are personal. */
export function activityVector(activity: Activity, type: ActivityTypeDefinition | undefined): string {
  const vector = new VectorBuilder();
  vector.add(activity.type, 'A');
  if (activity.campaign?.name) vector.add(activity.campaign.name, 'A');
  if (activity.assetId) vector.add(activity.assetId, 'B');
  for (const [name, value] of Object.entries(activity.attributes)) {
    const pii = type?.attributes.some((attribute) => attribute.name === name && attribute.pii);
    vector.addJson(value, pii ? 'D' : PRIMARY.has(name) ? 'A' : ADDRESSES.has(name) ? 'C' : 'B');
  }
  for (const [name, value] of Object.entries(activity.context))
    if (name !== 'userAgent' && name !== 'library') vector.addJson(value, PERSONAL_CONTEXT.has(name) ? 'D' : 'C');
  return vector.toString();
}

/** What can be found of a lead: its own id (unless that is an address), and, as personal data, e-mail and traits. */
export function leadVector(lead: { readonly identity: string; readonly email: string | null; readonly traits: JsonObject }): string {
  const vector = new VectorBuilder();
  vector.addJson(lead.identity, 'A');
  if (lead.email) vector.add(lead.email, 'D');
  vector.addJson(lead.traits, 'D');
  return vector.toString();
}
