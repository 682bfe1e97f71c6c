/** A limit: at most so many messages in each span of time, in milliseconds. */
type Limit = { readonly limit: number; readonly spanMs: number };

/**
 * Whether one more message at a time keeps every limit, in each span that the time is in. Messages need not come in the
 * order of their times.
 * @param sent times of the person's messages, epoch milliseconds, in any order
 */
export const hasPlace = (sent: readonly number[], at: number, limits: readonly Limit[]): boolean => {
  const times = [...sent, at].sort((a, b) => a - b);
  return limits.every(({ limit, spanMs }) =>
    times.every((first, index) => {
      const last = times[index + limit];
      return last === undefined || first > at || last < at || last - first >= spanMs;
    }),
  );
};
