import type { SqlValue } from './db.ts';

/** Collects the values of a statement: text is built of fixed parts and placeholders only, never of values. */
export class Parameters {
  readonly values: SqlValue[] = [];

  /** Binds a value and returns its placeholder. */
  bind(value: SqlValue): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }
}
