import { numberFrom } from '../../domain/exact-json.ts';

/** Thousands in groups, all with the same mark. */
const GROUPED = /^([+-]?\d{1,3})((?:([., '\u00a0\u202f\u2019])\d{3})(?:\3\d{3})*)([.,]\d+)?$/;

/**
 * A number as people and databases write it: `10.50`, `1e3`, with a decimal comma `10,50` and `1.234,50`. Thousands may
 * be grouped where that can't be a decimal mark.
 * @param decimal the decimal mark
 * @returns undefined for other texts and for ambiguous numbers
 */
export function parseNumber(text: string, decimal: '.' | ','): number | undefined {
  const given = text.trim();
  const [, first, groups = '', mark, fraction = ''] = GROUPED.exec(given) ?? [];
  if (first !== undefined && mark !== decimal && (fraction === '' || fraction.startsWith(decimal))) {
    // `1,234` alone may be a decimal comma in a file that was said to have points.
    const isAmbiguous = mark === ',' && fraction === '' && groups.length === 4;
    return isAmbiguous
      ? undefined
      : numberFrom(first + groups.replaceAll(mark ?? '', '') + fraction.replace(',', '.'));
  }
  if (decimal === ',' && given.includes('.')) return undefined;
  const plain = decimal === ',' ? given.replace(',', '.') : given;
  return numberFrom(plain);
}
