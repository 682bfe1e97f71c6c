import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Json, roughBytesOf } from '../../domain/json.ts';
import { answerTooLarge } from '../graphql/answer-meter.ts';

/** Bytes written in one piece; smaller values are never split. */
const PIECE_BYTES = 64 * 1024;
/** How long the event loop is held at a time, in milliseconds. */
const HELD_MS = 10;

type Value = Json | undefined;

/**
 * A value as JSON text, as `JSON.stringify` writes plain data. Large values are written in pieces, between which other
 * requests get their turn. Writing stops at the limit.
 * @param limit bytes of UTF-8
 * @throws DomainError `BAD_USER_INPUT` beyond the limit
 */
export async function writeJson(value: unknown, limit: number): Promise<string> {
  if (isSmall(value as Value)) return JSON.stringify(value);
  const pieces: string[] = [];
  let bytes = 0;
  let since = performance.now();
  for (const piece of piecesOf(value as Json)) {
    bytes += Buffer.byteLength(piece);
    if (bytes > limit) throw answerTooLarge(limit);
    pieces.push(piece);
    if (performance.now() - since > HELD_MS) {
      await nextTurn();
      since = performance.now();
    }
  }
  return pieces.join('');
}

function* piecesOf(value: Json): Generator<string> {
  if (isSmall(value)) {
    yield JSON.stringify(value);
  } else if (Array.isArray(value)) {
    let before = '[';
    for (const item of value as readonly Value[]) {
      yield before;
      yield* piecesOf(item ?? null);
      before = ',';
    }
    yield value.length > 0 ? ']' : '[]';
  } else {
    let before = '{';
    for (const [key, item] of Object.entries(value as { readonly [key: string]: Value })) {
      if (item === undefined) continue;
      yield `${before}${JSON.stringify(key)}:`;
      yield* piecesOf(item);
      before = ',';
    }
    yield before === '{' ? '{}' : '}';
  }
}

/** Whether it is surely written in one short piece; strings are never taken apart. */
const isSmall = (value: Value): boolean =>
  typeof value !== 'object' || value === null || roughBytesOf(value, PIECE_BYTES) <= PIECE_BYTES;
