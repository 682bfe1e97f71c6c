import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import {
  type BuildOptions,
  build,
  version as esbuildVersion,
  type Metafile,
  type OutputFile,
  stop as stopEsbuild,
} from 'esbuild';
import { fontFiles } from './fonts.ts';
import { MANIFEST_FILE, type Manifest, readManifest } from './manifest.ts';

const APP_DIR = fileURLToPath(new URL('./app', import.meta.url));
/** These decide the output as well: a change in them must rebuild. */
const BUILD_SOURCES = ['./build.ts', './fonts.ts', './manifest.ts'].map((file) =>
  fileURLToPath(new URL(file, import.meta.url)),
);
/** Builds of processes that were killed are cleared away after this time, in milliseconds. */
const ABANDONED_AFTER_MS = 60 * 60 * 1000;
const WORKERS = {
  editor: 'monaco-editor/esm/vs/editor/editor.worker.js',
  json: 'monaco-editor/esm/vs/language/json/json.worker.js',
  graphql: 'monaco-graphql/esm/graphql.worker.js',
};

const require = createRequire(import.meta.url);
const gzipped = promisify(gzip);
let building = 0;

/**
 * Bundles GraphiQL with its workers, styles and fonts into `outDir`: gzipped files with hashed names, and a
 * manifest. Does nothing when the manifest says that these very sources and packages were built. Several
 * processes may build at once: files of one name have one content, and the manifest is replaced last.
 */
export async function buildGraphiql({ outDir }: { readonly outDir: string }): Promise<void> {
  const sources = await hashSources();
  const current = await readManifest(outDir);
  if (current?.sources === sources && (await isComplete(outDir, current))) return;
  building += 1;
  try {
    await buildAnew(outDir, sources);
  } finally {
    building -= 1;
    // Its process would stay as long as ours, with 400 MB.
    if (building === 0) await stopEsbuild();
  }
}

async function buildAnew(outDir: string, sources: string): Promise<void> {
  const workers = await bundle({
    entryPoints: Object.entries(WORKERS).map(([out, specifier]) => ({ in: require.resolve(specifier), out })),
    format: 'iife',
  });
  const app = await bundle({
    entryPoints: [{ in: join(APP_DIR, 'main.tsx'), out: 'main' }],
    format: 'esm',
    splitting: true,
    jsx: 'automatic',
    // GraphiQL loads these two under names that lead to scripts for a tag: one comes along twice, and the
    // exports of both are lost in the bundle.
    alias: {
      'prettier/parser-graphql': 'prettier/plugins/graphql',
      'prettier/parser-babel': 'prettier/plugins/babel',
    },
    define: {
      'process.env.NODE_ENV': '"production"',
      WORKER_FILES: JSON.stringify(
        Object.fromEntries(Object.keys(WORKERS).map((name) => [name, entryOf(workers.metafile, `${name}-`)])),
      ),
    },
    plugins: [fontFiles()],
    loader: { '.woff': 'file', '.woff2': 'file', '.ttf': 'file' },
  });

  const outputs = [...workers.outputFiles, ...app.outputFiles];
  const manifest: Manifest = {
    sources,
    packages: await packagesOf([workers.metafile, app.metafile]),
    script: entryOf(app.metafile, 'main-', '.js'),
    style: entryOf(app.metafile, 'main-', '.css'),
    files: outputs.map((file) => basename(file.path)).toSorted(),
  };
  await publish(outDir, outputs, manifest);
}

async function bundle(options: BuildOptions): Promise<{ outputFiles: OutputFile[]; metafile: Metafile }> {
  const { outputFiles, metafile } = await build({
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    target: ['es2022'],
    outdir: APP_DIR,
    absWorkingDir: APP_DIR,
    entryNames: '[name]-[hash]',
    chunkNames: 'chunk-[hash]',
    assetNames: '[name]-[hash]',
    legalComments: 'linked',
    logLevel: 'silent',
    ...options,
  });
  return { outputFiles: outputFiles ?? [], metafile: metafile ?? { inputs: {}, outputs: {} } };
}

/** The name of the one output that starts and ends so. */
function entryOf(metafile: Metafile, start: string, end = '.js'): string {
  const name = Object.keys(metafile.outputs)
    .map((path) => basename(path))
    .find((file) => file.startsWith(start) && file.endsWith(end));
  if (name === undefined) throw new Error(`The bundle has no file ${start}*${end}.`);
  return name;
}

async function publish(outDir: string, outputs: readonly OutputFile[], manifest: Manifest): Promise<void> {
  await mkdir(outDir, { recursive: true });
  const staging = await mkdtemp(join(outDir, '.build-'));
  try {
    for (const output of outputs) {
      const name = `${basename(output.path)}.gz`;
      await writeFile(join(staging, name), await gzipped(output.contents, { level: 9 }));
      await rename(join(staging, name), join(outDir, name));
    }
    await writeFile(join(staging, MANIFEST_FILE), JSON.stringify(manifest, null, 2));
    await rename(join(staging, MANIFEST_FILE), join(outDir, MANIFEST_FILE));
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  await clearOld(outDir, manifest);
}

async function clearOld(outDir: string, manifest: Manifest): Promise<void> {
  const wanted = new Set([MANIFEST_FILE, ...manifest.files.map((file) => `${file}.gz`)]);
  for (const entry of await readdir(outDir, { withFileTypes: true })) {
    const path = join(outDir, entry.name);
    if (entry.isFile() && entry.name.endsWith('.gz') && !wanted.has(entry.name))
      await rm(path, { force: true });
    if (entry.isDirectory() && entry.name.startsWith('.build-')) {
      const changed = await stat(path).then(
        (found) => found.mtimeMs,
        () => Date.now(),
      );
      if (Date.now() - changed > ABANDONED_AFTER_MS) await rm(path, { recursive: true, force: true });
    }
  }
}

async function hashSources(): Promise<string> {
  const names = await readdir(APP_DIR, { recursive: true, withFileTypes: true });
  const app = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const hash = createHash('sha256');
  for (const path of [...app.toSorted(), ...BUILD_SOURCES]) {
    hash
      .update(`${basename(path)}\0`)
      .update(await readFile(path))
      .update('\0');
  }
  return hash.update(esbuildVersion).digest('hex');
}

/** Version of each package that went into the bundle, by its folder relative to the app's. */
async function packagesOf(metafiles: readonly Metafile[]): Promise<Record<string, string>> {
  const folders = new Set<string>();
  for (const metafile of metafiles) {
    for (const input of Object.keys(metafile.inputs)) {
      const folder = /^(?:.*:)?(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1];
      if (folder !== undefined) folders.add(folder);
    }
  }
  const packages: Record<string, string> = {};
  for (const folder of [...folders].toSorted()) packages[folder] = (await versionAt(folder)) ?? '';
  return packages;
}

/** Whether every file is there, made from the packages that are installed now. */
async function isComplete(outDir: string, { packages, files }: Manifest): Promise<boolean> {
  for (const [folder, version] of Object.entries(packages)) {
    if (((await versionAt(folder)) ?? '') !== version) return false;
  }
  const present = new Set(await readdir(outDir));
  return files.every((file) => present.has(`${file}.gz`));
}

async function versionAt(folder: string): Promise<string | undefined> {
  try {
    const { version }: { version?: unknown } = JSON.parse(
      await readFile(join(APP_DIR, folder, 'package.json'), 'utf8'),
    );
    return typeof version === 'string' ? version : undefined;
  } catch {
    return undefined;
  }
}
