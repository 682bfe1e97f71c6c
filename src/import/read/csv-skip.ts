import { HEAD_BYTES } from '../model/row.ts';
import { CR, LF, type LineEnds, QUOTE } from './csv-scan.ts';

/** Passes over a row that is too long, in whatever chunks it comes, and keeps only how it begins. */
export type Skip = {
  readonly head: Buffer;
  /** Line ends passed so far. */
  readonly lines: number;
  /** Whether it stands within quotes. */
  readonly isOpen: boolean;
  /** @returns where it stopped, and whether the row has ended there */
  take(data: Buffer, from: number, isEnd: boolean): { readonly next: number; readonly isDone: boolean };
};

const START = 0;
const PLAIN = 1;
const QUOTED = 2;
const CLOSING = 3;

/** @param begin what there is of the row; `take` must be given all of it again */
export function createSkip(begin: Buffer, ends: LineEnds, delimiter: number): Skip {
  const head = Buffer.from(begin.subarray(0, HEAD_BYTES));
  let state = START;
  let lines = 0;
  const isLineEnd = (byte: number | undefined) => byte === LF || (byte === CR && ends === 'CR');
  const after = (byte: number | undefined): number => {
    if (state === QUOTED) return byte === QUOTE ? CLOSING : QUOTED;
    if (byte === QUOTE && state !== PLAIN) return QUOTED;
    return byte === delimiter ? START : PLAIN;
  };
  return {
    head,
    get lines() {
      return lines;
    },
    get isOpen() {
      return state === QUOTED;
    },
    take(data, from, isEnd) {
      for (let at = from; at < data.length; at += 1) {
        if (isLineEnd(data[at])) {
          lines += 1;
          if (state !== QUOTED) return { next: at + 1, isDone: true };
        }
        state = after(data[at]);
      }
      return { next: data.length, isDone: isEnd };
    },
  };
}
