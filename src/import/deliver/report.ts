import type { ImportCounts } from './work-files.ts';

/** The outcome of the rows, in one line whose counts add up. */
export function summaryOf(counts: ImportCounts, isDryRun: boolean): string {
  const { rows, items, accepted, duplicates, conflicts, dropped, rejected, unwanted } = counts;
  const parts = [
    `${accepted} ${isDryRun ? 'would be accepted' : 'accepted'}`,
    ...(isDryRun ? [] : [`${duplicates} there already`]),
    ...(conflicts > 0 ? [`${conflicts} in conflict with what is there`] : []),
    `${rejected} rejected`,
    ...(dropped > 0 ? [`${dropped} left out by the installation's rules`] : []),
  ];
  const of =
    items + unwanted === rows
      ? `of ${plural(rows, 'row')}`
      : `of ${items} activities and people in ${plural(rows, 'row')}`;
  const without = unwanted > 0 ? `; ${plural(unwanted, 'row')} met no condition` : '';
  return `${parts.join(', ')}, ${of}${without}.`;
}

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
