const MAX_NAMES = 3;

const plain = (name: string): string => name.toLowerCase().replaceAll(/[\s_.-]/g, '');

/** Names that may be meant by a misspelt one, nearest first: at most three, and none that is far off. */
export function nearNames(name: string, among: readonly string[]): readonly string[] {
  const wanted = plain(name);
  return among
    .map((other) => ({
      other,
      distance: distanceOf(wanted, plain(other)),
      ...containment(wanted, plain(other)),
    }))
    .filter(
      ({ other, distance, contains }) =>
        other !== '' && (contains || distance <= Math.max(1, wanted.length / 3)),
    )
    .sort((a, b) => a.distance - b.distance)
    .slice(0, MAX_NAMES)
    .map(({ other }) => other);
}

/** `camp` for `campaign`: one begins with the other. */
const containment = (a: string, b: string) => ({
  contains: Math.min(a.length, b.length) >= 3 && (a.startsWith(b) || b.startsWith(a)),
});

/** Levenshtein's distance, in which swapping two neighbours counts once. */
function distanceOf(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const isSame = a[i - 1] === b[j - 1];
      let least = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (isSame ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, (before[j - 2] ?? 0) + 1);
      row.push(least);
    }
    [before, last] = [last, row];
  }
  return last[b.length] ?? 0;
}
