/** The times of writes in flight, by tenant. */
export function createPending() {
  const times = new Map<string, Set<{ readonly time: number }>>();
  return {
    /** @returns takes it out again */
    add(tenantId: string, time: number): () => void {
      const entry = { time };
      const own = times.get(tenantId) ?? new Set();
      times.set(tenantId, own.add(entry));
      return () => {
        own.delete(entry);
        if (own.size === 0 && times.get(tenantId) === own) times.delete(tenantId);
      };
    },
    oldest(tenantId: string): number | undefined {
      let oldest: number | undefined;
      for (const { time } of times.get(tenantId) ?? []) oldest = Math.min(oldest ?? time, time);
      return oldest;
    },
  };
}
