// Runs a TypeScript entry of the project on the pinned Node, and installs and builds what is missing first, so that
// one command is enough on a fresh clone. Plain JavaScript: it must run on any Node from 20 on.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const modules = join(root, 'node_modules');
const stamp = join(modules, '.journeygraph-install');
const bin = join(modules, '.bin');

const current = hashOf(['package-lock.json', ...sourcesIn('console/build'), ...sourcesIn('console/src')]);
const isBuilt = existsSync(join(root, 'console/dist/manifest.json'));
if (!isBuilt || !existsSync(stamp) || readFileSync(stamp, 'utf8') !== current) {
  console.error('Installing the packages of package-lock.json and building the console (once) …');
  // Not `npm ci`: it refuses a lock file without the builds of platforms that a registry mirror doesn't carry.
  const install = spawnSync('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (install.status !== 0) {
    requireNode24();
    console.error(
      'npm install failed: see the lines above. Check the network, then run the same command again.',
    );
    process.exit(1);
  }
  writeFileSync(stamp, current);
}

const child = spawn(requireNode24(), process.argv.slice(2), {
  // The channel tells the program when this process is gone, however it went.
  stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  env: { ...process.env, PATH: `${bin}:${process.env.PATH}` },
});
// The terminal sends SIGINT to the whole group; only what was sent to this process alone is passed on.
process.on('SIGTERM', () => child.kill('SIGTERM'));
process.on('SIGINT', () => {});
child.on('exit', (code, signal) => {
  if (signal) process.kill(process.pid, signal);
  else process.exit(code ?? 1);
});
if (process.env.npm_lifecycle_event !== undefined) endWithNpm();

/** Path of a Node that can run the project: the pinned build, else the running one. Exits where neither can. */
function requireNode24() {
  const pinned = join(bin, 'node');
  const node = existsSync(pinned) ? pinned : process.execPath;
  const version = spawnSync(node, ['-p', 'process.versions.node'], { encoding: 'utf8' }).stdout.trim();
  if (Number(version.split('.')[0]) >= 24) return node;
  console.error(
    `Node 24 is needed, and npm has no build of it for ${process.platform} ${process.arch}; found ${version}.`,
  );
  process.exit(1);
}

/** Paths of the files in a folder of the project. */
function sourcesIn(folder) {
  return readdirSync(join(root, folder))
    .toSorted()
    .map((name) => `${folder}/${name}`);
}

/** A digest of names and contents. */
function hashOf(paths) {
  const hash = createHash('sha256');
  for (const path of paths)
    hash
      .update(`${path}\0`)
      .update(readFileSync(join(root, path)))
      .update('\0');
  return hash.digest('hex');
}

/** npm passes a SIGTERM on to its shell alone, and when it is killed it tells nobody: ends the program with either. */
function endWithNpm() {
  const parent = process.ppid;
  const { name, ppid: npm } = processOf(parent);
  // Some shells let the program take their place, and then npm is the parent.
  const isShell = /^(?:a|ba|da|k|z)?sh$|^busybox$/.test(name ?? '');
  const isGone = () =>
    process.ppid !== parent || (isShell && npm !== undefined && processOf(parent).ppid !== npm);
  const timer = setInterval(() => {
    if (!isGone()) return;
    clearInterval(timer);
    child.kill('SIGTERM');
  }, 500);
}

/** Name and parent of a process; nothing where the system doesn't tell. */
function processOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const end = text.lastIndexOf(')');
    return { name: text.slice(text.indexOf('(') + 1, end), ppid: Number(text.slice(end + 2).split(' ')[1]) };
  } catch {
    const { stdout } = spawnSync('ps', ['-o', 'ppid=,comm=', '-p', String(pid)], { encoding: 'utf8' });
    const [, ppid, path = ''] = /^\s*(\d+)\s+(.*\S)/.exec(stdout ?? '') ?? [];
    return ppid === undefined ? {} : { name: path.replace(/^.*\//, ''), ppid: Number(ppid) };
  }
}
