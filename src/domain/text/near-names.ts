/** How many letters must be put in, taken out, changed or swapped with their neighbour to make one text of another. */
function distance(a: string, b: string): number {
  let [older, before]: number[][] = [[], Array.from({ length: b.length + 1 }, (_, column) => column)];
  for (let row = 1; row <= a.length; row++) {
    const now = [row];
    for (let column = 1; column <= b.length; column++) {
      const isSame = a[row - 1] === b[column - 1];
      let least = Math.min(
        (before?.[column] ?? 0) + 1,
        (now[column - 1] ?? 0) + 1,
        (before?.[column - 1] ?? 0) + (isSame ? 0 : 1),
      );
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1])
        least = Math.min(least, (older?.[column - 2] ?? 0) + 1);
      now.push(least);
    }
    [older, before] = [before, now];
  }
  return before?.[b.length] ?? 0;
}

/** Longer names are compared by their beginning. */
const MAX_LENGTH = 64;

/**
 * The names that a mistyped name may mean, nearest first. Without letter case, `_` and `-`, at most a third of the
 * letters differ, or one contains the other.
 */
export function nearest(name: string, names: Iterable<string>, limit: number): string[] {
  const plain = (text: string) =>
    text
      .slice(0, MAX_LENGTH)
      .toLowerCase()
      .replaceAll(/[_\s.-]/g, '');
  const wanted = plain(name);
  const most = Math.max(1, Math.floor(wanted.length / 3));
  return [...names]
    .map((other) => {
      const candidate = plain(other);
      const isPart =
        wanted.length > 2 &&
        (candidate.includes(wanted) || (candidate.length > 2 && wanted.includes(candidate)));
      const far = distance(wanted, candidate);
      return { other, far: isPart ? Math.min(far, most) : far };
    })
    .filter(({ far }) => far <= most)
    .sort((a, b) => a.far - b.far || (a.other < b.other ? -1 : 1))
    .slice(0, limit)
    .map(({ other }) => other);
}
