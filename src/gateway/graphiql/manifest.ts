import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const manifestSchema = z.object({
  /** The script and the style sheet that the page names; everything else is loaded by these. */
  script: z.string(),
  style: z.string(),
  /** Every file by its hashed name; in the folder each has `.gz` after it. */
  files: z.array(z.string()),
});

/** The files of a build of the console. */
export type Manifest = z.infer<typeof manifestSchema>;

/** The manifest of the build in `dir`; undefined when there is none that can be read. */
export async function readManifest(dir: string): Promise<Manifest | undefined> {
  try {
    return manifestSchema.parse(JSON.parse(await readFile(join(dir, 'manifest.json'), 'utf8')));
  } catch {
    return undefined;
  }
}
