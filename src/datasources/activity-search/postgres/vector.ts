import type { ActivityTypeDefinition } from '../../../domain/activity-types.ts';
import type { JsonObject } from '../../../domain/json.ts';
import { tokenize } from '../../../domain/text/text-query.ts';
import { type SearchableActivity, visitActivity, visitLead, type Weight } from '../activity-texts.ts';
import { tokenLimit } from '../token-limit.ts';

/** Between two texts, so that no phrase spans them. With 2,000 tokens at most no position exceeds 3 × 2,000 of 16,383. */
const GAP = 2;
/** PostgreSQL keeps 255 positions of a lexeme; half of them for personal data, so that neither half hides the other. */
const MAX_PLACES = 127;

type Places = { text: string; open: number; personal: number };

/** Collects tokens with positions and weights, as the text of a tsvector. */
class VectorBuilder {
  readonly #lexemes = new Map<string, Places>();
  readonly #fits = tokenLimit();
  #position = 1;

  readonly add = (_field: string, text: string, weight: Weight): void => {
    const tokens = tokenize(text);
    for (const token of tokens) {
      if (!this.#fits(token)) return;
      const position = this.#position++;
      let places = this.#lexemes.get(token);
      if (!places) {
        places = { text: '', open: 0, personal: 0 };
        this.#lexemes.set(token, places);
      }
      if (weight === 'D' ? places.personal++ >= MAX_PLACES : places.open++ >= MAX_PLACES) continue;
      if (places.text !== '') places.text += ',';
      places.text += weight === 'D' ? position : position + weight;
    }
    if (tokens.length > 0) this.#position += GAP;
  };

  toString(): string {
    let text = '';
    // Tokens are letters and digits, so nothing in the quotes needs an escape.
    for (const [lexeme, places] of this.#lexemes) text += `'${lexeme}':${places.text} `;
    return text;
  }
}

/**
 * The searchable part of an activity, as the text of a tsvector: tokens with positions and weights.
 * @param type marks personal attributes; left out, the standard type of that name
 */
export function activityVector(activity: SearchableActivity, type?: ActivityTypeDefinition): string {
  const vector = new VectorBuilder();
  visitActivity(activity, type, vector.add);
  return vector.toString();
}

/**
 * The searchable part of a lead, as the text of a tsvector. Its own id and aliases are personal data where they are
 * addresses; e-mail and traits (name → value) always are.
 */
export function leadVector(lead: {
  readonly identity: string;
  readonly aliases?: readonly string[];
  readonly email: string | null;
  readonly traits: JsonObject;
}): string {
  const vector = new VectorBuilder();
  visitLead(lead, vector.add);
  return vector.toString();
}
