import { mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { type BuildOptions, build, type Metafile, type OutputFile } from 'esbuild';
import { fontFiles } from './fonts.ts';

const APP_DIR = join(import.meta.dirname, '../src');
/** Builds of processes that were killed are removed after this time, in milliseconds. */
const ABANDONED_AFTER_MS = 60 * 60 * 1000;
const WORKERS = {
  editor: 'monaco-editor/esm/vs/editor/editor.worker.js',
  json: 'monaco-editor/esm/vs/language/json/json.worker.js',
  graphql: 'monaco-graphql/esm/graphql.worker.js',
};
const MANIFEST_FILE = 'manifest.json';

/** The description of a build, for the server. */
type Manifest = {
  /** The script and the style sheet that the page names; everything else is loaded by these. */
  readonly script: string;
  readonly style: string;
  /** Every file by its hashed name; in the folder each has `.gz` after it. */
  readonly files: readonly string[];
};

const require = createRequire(import.meta.url);
const gzipped = promisify(gzip);

/**
 * Bundles the app with its workers, styles and fonts into `outDir`: gzipped files with hashed names, and a manifest.
 * The same sources and packages give the same files. Several processes may build at once: files of one name have one
 * content, and the manifest is replaced last. @throws Error of esbuild for sources that can't be bundled
 */
export async function buildConsole(outDir: string): Promise<void> {
  const workers = await bundle({
    entryPoints: Object.entries(WORKERS).map(([out, specifier]) => ({ in: require.resolve(specifier), out })),
    format: 'iife',
  });
  const app = await bundleApp(
    Object.fromEntries(Object.keys(WORKERS).map((name) => [name, entryOf(workers.metafile, `${name}-`)])),
  );
  const outputs = [...workers.outputFiles, ...app.outputFiles];
  await publish(outDir, outputs, {
    script: entryOf(app.metafile, 'main-', '.js'),
    style: entryOf(app.metafile, 'main-', '.css'),
    files: outputs.map((file) => basename(file.path)).toSorted(),
  });
}

type Bundle = { readonly outputFiles: readonly OutputFile[]; readonly metafile: Metafile };

/** @param workerFiles file of each worker by its label */
const bundleApp = (workerFiles: Readonly<Record<string, string>>): Promise<Bundle> =>
  bundle({
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
    define: { 'process.env.NODE_ENV': '"production"', WORKER_FILES: JSON.stringify(workerFiles) },
    plugins: [fontFiles()],
    loader: { '.woff': 'file', '.woff2': 'file', '.ttf': 'file' },
  });

async function bundle(options: BuildOptions): Promise<Bundle> {
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
