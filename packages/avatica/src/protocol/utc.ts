import { AvaticaError } from './errors.ts';
import type { ResultRow } from './responses.ts';
import type { SqlType } from './types.ts';
import type { AvaticaValue } from './values.ts';

/**
 * The server shifts times by its own zone before it stores or compares them (`TypedValue.adjust`), and returns them
 * unshifted. Only a server in UTC does both exactly, so it is checked before it gets a time. The check compares
 * instants as numbers, which it never shifts, with the same as times. The instants are in winter and summer of these
 * years, of the seventies, of the war and of local mean time. They detect every zone that differed from UTC in the last
 * century.
 */
const INSTANTS = [
  Date.UTC(1900, 0, 1),
  Date.UTC(1945, 6, 1),
  Date.UTC(1970, 5, 1),
  Date.UTC(1975, 0, 1),
  Date.UTC(2000, 6, 1),
  Date.UTC(2026, 0, 1),
  Date.UTC(2026, 6, 1),
] as const;

export const UTC_PROBE: { readonly text: string; readonly values: readonly AvaticaValue[] } = {
  text: `SELECT ${INSTANTS.map((ms) => `CASE WHEN CAST(${ms} AS TIMESTAMP) = ? THEN 1 ELSE 0 END`).join(' + ')} AS EQUAL_INSTANTS`,
  values: INSTANTS.map((ms) => new Date(ms)),
};

/** @throws AvaticaError `SERVER_NOT_UTC` when the probe's answer is that of a server in another zone */
export function assertUtc(rows: readonly ResultRow[]): void {
  if (rows[0]?.['EQUAL_INSTANTS'] === INSTANTS.length) return;
  throw new AvaticaError(
    'SERVER_NOT_UTC',
    'The query server does not run in UTC, so times would be stored wrong: start it with -Duser.timezone=UTC.',
  );
}

const isTimeType = ({ kind }: SqlType): boolean => kind === 'timestamp' || kind === 'date' || kind === 'time';
const isTime = (value: AvaticaValue | undefined): boolean =>
  value instanceof Date || (Array.isArray(value) && value.some(isTime));

/** Whether a statement with these rows of values sends a time. */
export const sendsTimes = (
  parameters: readonly SqlType[],
  rows: readonly (readonly AvaticaValue[])[],
): boolean => parameters.some(isTimeType) || rows.some((row) => row.some(isTime));
