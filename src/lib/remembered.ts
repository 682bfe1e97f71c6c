/** Longer texts are computed each time, so that the memory stays small for every caller. */
const MAX_LENGTH = 256;

/**
 * A pure function that keeps what it made of the last `most` inputs or so: few names are asked for again and
 * again. `undefined` is not kept.
 */
export function remembered<K extends string | number, V>(
  make: (input: K) => V,
  most: number,
): (input: K) => V {
  const known = new Map<K, V>();
  return (input) => {
    let made = known.get(input);
    if (made !== undefined) return made;
    made = make(input);
    if (made === undefined || (typeof input === 'string' && input.length > MAX_LENGTH)) return made;
    if (known.size >= most) known.clear();
    known.set(input, made);
    return made;
  };
}
