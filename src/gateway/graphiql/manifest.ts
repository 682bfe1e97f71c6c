import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

export const MANIFEST_FILE = 'manifest.json';

const manifestSchema = z.object({
  /** Hash of the app's sources, of how it is built, and of the bundler's version. */
  sources: z.string(),
  /** Version of each bundled package by its folder, relative to the app's. */
  packages: z.record(z.string(), z.string()),
  /** The script and the style sheet that the page names; everything else is loaded by these. */
  script: z.string(),
  style: z.string(),
  /** Every file by its hashed name; in the folder each has `.gz` after it. */
  files: z.array(z.string()),
});

/** What a build made, and from what. */
export type Manifest = z.infer<typeof manifestSchema>;

/** The manifest of the build in `dir`; undefined when there is none that can be read. */
export async function readManifest(dir: string): Promise<Manifest | undefined> {
  try {
    return manifestSchema.parse(JSON.parse(await readFile(join(dir, MANIFEST_FILE), 'utf8')));
  } catch {
    return undefined;
  }
}
