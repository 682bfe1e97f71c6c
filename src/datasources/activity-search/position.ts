import type { Json } from '../../domain/json.ts';
import { badInput } from '../../lib/errors.ts';

/** The parts of a place in a list of hits. Cursors can be forged, so each part is checked. */
type Part = 'score' | 'time' | 'key' | 'time?' | 'key?';
type ValueOf<P extends Part> = P extends 'key'
  ? string
  : P extends 'key?'
    ? string | null
    : P extends 'time?'
      ? number | null
      : number;
type Values<Parts extends readonly Part[]> = { -readonly [I in keyof Parts]: ValueOf<Parts[I]> };

const KEY = /^[A-Za-z0-9_-]{22}$/;

const fits = (part: Part, value: Json | undefined): boolean => {
  switch (part) {
    case 'score':
      return typeof value === 'number' && Number.isFinite(value);
    case 'time':
      return Number.isSafeInteger(value);
    case 'time?':
      return value === null || Number.isSafeInteger(value);
    case 'key':
      return typeof value === 'string' && KEY.test(value);
    case 'key?':
      return value === null || (typeof value === 'string' && KEY.test(value));
    default:
      return part satisfies never;
  }
};

/** @throws DomainError `BAD_USER_INPUT` for a position that is not made of these parts */
export function readPosition<const Parts extends readonly Part[]>(
  position: readonly Json[],
  parts: Parts,
): Values<Parts> {
  if (position.length === parts.length && parts.every((part, index) => fits(part, position[index])))
    return position as unknown as Values<Parts>;
  throw badInput("This cursor is broken. Pass 'endCursor' of a page of the same query.", 'after');
}
