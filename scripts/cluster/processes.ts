import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * A process with its start time, which distinguishes it from a later process with the same number. (Since boot, in
 * clock ticks, with the boot's id; where there is no /proc, as `ps` writes it.)
 */
export type ProcessIdentity = { readonly pid: number; readonly startedAt: string };

const LINUX = existsSync('/proc/self/stat');
const bootId = LINUX ? readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim() : '';

/** The process that has this number now, or null. A zombie counts as no process. */
export function identify(pid: number): ProcessIdentity | null {
  try {
    if (!LINUX) {
      const [state, ...started] = ps('state=,lstart=', pid).split(/\s+/);
      return state?.startsWith('Z') ? null : { pid, startedAt: started.join(' ') };
    }
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in parentheses, which may hold spaces and parentheses itself.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return null;
    return { pid, startedAt: `${bootId}/${fields[19]}` };
  } catch {
    return null;
  }
}

function ps(format: string, pid: number): string {
  return execFileSync('ps', ['-o', format, '-p', String(pid)], { encoding: 'utf8' }).trim();
}

export function isRunning(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.startedAt === identity.startedAt;
}

/** Resident memory of a process in bytes, or null when it has ended. */
export function residentBytes(pid: number): number | null {
  try {
    if (!LINUX) return Number(ps('rss=', pid)) * 1024;
    const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kibibytes ? Number(kibibytes) * 1024 : null;
  } catch {
    return null;
  }
}

function signal(identity: ProcessIdentity, target: number, name: NodeJS.Signals): void {
  if (!isRunning(identity)) return;
  try {
    process.kill(target, name);
  } catch (error) {
    // It ended between the question and the signal.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/**
 * Signals the group that a process leads, if it is still that process. Every engine and supervisor is started as
 * the leader of a group of its own.
 */
export function signalGroup(identity: ProcessIdentity, name: NodeJS.Signals): void {
  signal(identity, -identity.pid, name);
}

/** Whether the process ended within the time. */
export async function untilGone(identity: ProcessIdentity, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (isRunning(identity)) {
    if (performance.now() > deadline) return false;
    await sleep(25);
  }
  return true;
}

/** Ends a process and its group: SIGTERM first, then SIGKILL after `graceMs`. @throws Error if it lives on */
export async function endGroup(identity: ProcessIdentity, graceMs: number): Promise<void> {
  await end(identity, -identity.pid, graceMs);
}

/** As `endGroup`, of a process alone: one in a terminal shares its group with what started it. */
export async function endProcess(identity: ProcessIdentity, graceMs: number): Promise<void> {
  await end(identity, identity.pid, graceMs);
}

async function end(identity: ProcessIdentity, target: number, graceMs: number): Promise<void> {
  signal(identity, target, 'SIGTERM');
  if (await untilGone(identity, graceMs)) return;
  signal(identity, target, 'SIGKILL');
  if (!(await untilGone(identity, 10_000))) throw new Error(`Process ${identity.pid} could not be ended.`);
}
