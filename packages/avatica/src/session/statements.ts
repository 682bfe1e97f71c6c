import type { Prepared } from '../protocol/responses.ts';

/** Prepared statements of one Avatica connection by text; the one unused for longest goes first. */
export type StatementCache = {
  get(text: string): Prepared | undefined;
  /** @returns the statement that had to go, to be closed at the server */
  set(text: string, prepared: Prepared): Prepared | undefined;
  delete(text: string): void;
  clear(): void;
};

export function createStatementCache(size: number): StatementCache {
  // A Map keeps its entries in the order of insertion.
  const entries = new Map<string, Prepared>();
  return {
    get(text) {
      const prepared = entries.get(text);
      if (prepared) {
        entries.delete(text);
        entries.set(text, prepared);
      }
      return prepared;
    },
    set(text, prepared) {
      entries.delete(text);
      entries.set(text, prepared);
      if (entries.size <= size) return undefined;
      const [oldest] = entries;
      if (!oldest) return undefined;
      entries.delete(oldest[0]);
      return oldest[1];
    },
    delete(text) {
      entries.delete(text);
    },
    clear() {
      entries.clear();
    },
  };
}

/** Statements worth keeping prepared: those that are run again with other values. DDL is not. */
export const isReusable = (text: string): boolean => /^\s*(?:select|upsert|delete|with)\b/i.test(text);
