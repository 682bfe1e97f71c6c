import type { Progress } from '../scripts/load/sender.ts';

/** A process that is killed under load. */
export type Victim = { readonly name: string; kill(): Promise<void> };

/** What a kill did, times in seconds since it; undefined: not seen before the load ended. */
type Kill = {
  readonly name: string;
  readonly before: Progress;
  readonly leftBefore: number;
  /** Acknowledged a second after, when what was answered before the kill has come. */
  acknowledged?: number;
  acknowledgedAgain?: number;
  /** As few requests were under way as before. */
  sendersCaughtUp?: number;
  /** As few records were left to be settled as before, or what comes in within a moment. */
  settledAgain?: number;
};

/** Records that come in within this many seconds are no backlog. */
const MOMENT_SECONDS = 3;

/**
 * Kills one after the other, at even distances over a load, and looks when all is as before.
 * @param left records that are still to be settled; undefined while that is not known
 */
export function killInTurn(
  victims: readonly Victim[],
  { seconds, rate }: { readonly seconds: number; readonly rate: number },
  left: () => Promise<number | undefined>,
): { onSecond(progress: Progress): void; lines(): string[] } {
  const kills: Kill[] = [];
  const waiting = [...victims];
  const distance = seconds / (victims.length + 1);
  let known: number | undefined;
  /** Workers run. */
  let isSettling = false;
  return {
    onSecond(progress) {
      if (victims.length === 0) return;
      const { second, acknowledged, underWay } = progress;
      void left().then((count) => {
        known = count;
        isSettling ||= count !== undefined;
      });
      const last = kills.at(-1);
      if (last) {
        const after = second - last.before.second;
        last.acknowledged ??= acknowledged;
        if (acknowledged > last.acknowledged) last.acknowledgedAgain ??= after;
        if (last.acknowledgedAgain !== undefined && underWay <= last.before.underWay + 1)
          last.sendersCaughtUp ??= after;
        if (after > MOMENT_SECONDS && known !== undefined && known <= last.leftBefore + rate * MOMENT_SECONDS)
          last.settledAgain ??= after;
      }
      if (second < distance * (kills.length + 1)) return;
      const victim = waiting.shift();
      if (!victim) return;
      kills.push({ name: victim.name, before: progress, leftBefore: known ?? 0 });
      known = undefined;
      console.log(`${second} s: kill -9 of ${victim.name}`);
      victim
        .kill()
        .catch((error: unknown) => console.error(`${victim.name} could not be killed:`, String(error)));
    },
    lines: () =>
      kills.map(
        ({ name, before, acknowledgedAgain, sendersCaughtUp, settledAgain }) =>
          `  kill -9 of ${name} after ${before.second} s: acknowledged again after ${acknowledgedAgain ?? '?'} s, ` +
          `senders caught up after ${sendersCaughtUp ?? '?'} s${isSettling ? `, the log settled as before after ${settledAgain ?? '?'} s` : ''}`,
      ),
  };
}
