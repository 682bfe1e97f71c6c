import { execFile, execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Why there is no Python to install packages for, or false. */
export function pythonSkip(): string | false {
  try {
    execFileSync('python3', ['-c', 'import venv, ensurepip'], { stdio: 'ignore' });
    return false;
  } catch {
    return "needs python3 with venv, which this machine doesn't have";
  }
}

/** The packages can't be had, because their registry does not answer. */
export class RegistryUnreachable extends Error {}

const UNREACHABLE = /ConnectionError|ConnectTimeout|ReadTimeout|NewConnection|NameResolution|Retrying \(/;

/**
 * A Python that has exactly these packages, from PyPI; installed once a machine, and found again by later runs.
 * @param name of the environment; another set of packages needs another name
 * @throws RegistryUnreachable
 */
export async function pythonWith(name: string, packages: readonly string[]): Promise<string> {
  const environment = join(tmpdir(), `journeygraph-${name}`);
  if (!existsSync(environment)) {
    // Made under another name first, so that an installation that failed halfway is not taken for one.
    const made = `${environment}-${process.pid}`;
    await run('python3', ['-m', 'venv', '--copies', made]);
    try {
      await run(join(made, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', '--no-deps', ...packages]);
    } catch (error) {
      await rm(made, { recursive: true, force: true });
      const output = String((error as { stderr?: unknown }).stderr);
      throw UNREACHABLE.test(output) ? new RegistryUnreachable("PyPI can't be reached") : error;
    }
    await rename(made, environment).catch(() => {});
  }
  return join(environment, 'bin', 'python');
}

/** Runs a script with `task` as JSON on its standard input. @returns its standard output */
export async function runPython(python: string, script: string, task: object): Promise<string> {
  const child = execFile(python, [script], { maxBuffer: 64 << 20 });
  let output = '';
  let errors = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (errors += text));
  child.stdin?.end(JSON.stringify(task));
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (code !== 0) throw new Error(`${script} failed: ${errors}`);
  return output;
}
