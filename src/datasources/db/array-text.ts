const SPECIAL = /["\\]/;
const ALL_SPECIAL = /["\\]/g;

/**
 * A one-dimensional array as PostgreSQL reads it ("8.15.2. Array Value Input"): `{"a","say \"no\"",null}`. Every
 * text is quoted, so that none is taken for null.
 */
export function arrayText(values: readonly (string | number | boolean | null)[]): string {
  let text = '{';
  for (const [index, value] of values.entries()) {
    if (index > 0) text += ',';
    if (typeof value !== 'string') text += String(value);
    else text += SPECIAL.test(value) ? `"${value.replaceAll(ALL_SPECIAL, '\\$&')}"` : `"${value}"`;
  }
  return `${text}}`;
}
