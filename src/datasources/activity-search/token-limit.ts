/** More tokens of one document are not worth their place in the index; the most telling come first. */
const MAX_TOKENS = 2_000;
/** UTF-16 units of all tokens: at 3 bytes each well below the 1 MiB that a tsvector can have. */
const MAX_LENGTH = 200_000;

/**
 * Counts the tokens of one document, in the order in which `visitActivity` or `visitLead` give them.
 * @returns whether one more is still taken into the index: the same for every adapter, so that all find the same
 */
export function tokenLimit(): (token: string) => boolean {
  const known = new Set<string>();
  let count = 0;
  let length = 0;
  return (token) => {
    if (count >= MAX_TOKENS || length + token.length > MAX_LENGTH) return false;
    count += 1;
    if (!known.has(token)) {
      known.add(token);
      length += token.length;
    }
    return true;
  };
}
