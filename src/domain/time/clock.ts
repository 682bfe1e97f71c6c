/** The clock that dates arrivals, epoch milliseconds. It never steps back. */
export type Clock = {
  now(): number;
  /** Nothing is dated before this any more: what a store already has was received at `time`. */
  atLeast(time: number): void;
  /** How far a clock that other processes share is ahead of this machine's, in milliseconds. */
  follow(offsetMs: number): void;
};

/** Clocks agree as far as this; a smaller difference may be the way to the other clock and back. */
const TOLERANCE_MS = 2_000;

/** While the machine's clock is behind, time passes at this rate, so that the two meet again. */
const SLEW = 0.5;

/**
 * Readers that follow a tenant by time of arrival (`receivedAt`) would miss activities that are dated before their
 * position. So when the machine's clock steps back, time goes on at half its speed until the clock has caught up.
 * @param wall the machine's clock, epoch milliseconds
 * @param elapsed milliseconds since some moment, which nobody sets back
 */
export function createClock(
  wall: () => number = Date.now,
  elapsed: () => number = () => performance.now(),
): Clock {
  let latest = 0;
  let latestAt = elapsed();
  let offset = 0;
  const raise = (time: number): void => {
    const at = elapsed();
    latest = Math.max(time, latest + (at - latestAt) * SLEW);
    latestAt = at;
  };
  return {
    now() {
      raise(wall() + offset);
      return Math.floor(latest);
    },
    atLeast: raise,
    follow(offsetMs) {
      offset = Math.abs(offsetMs) > TOLERANCE_MS ? Math.round(offsetMs) : 0;
    },
  };
}
