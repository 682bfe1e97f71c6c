import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Files that contain a text in UTF-8 or in UTF-16 of either byte order, with how often; every byte of each is looked at. */
export async function filesWith(directories: readonly string[], text: string): Promise<string[]> {
  const little = Buffer.from(text, 'utf16le');
  const forms = [Buffer.from(text), little, Buffer.from(little).swap16()];
  const found: string[] = [];
  const walk = async (directory: string): Promise<void> => {
    // A running engine may remove a folder or a file meanwhile.
    for (const entry of await readdir(directory, { withFileTypes: true }).catch(() => [])) {
      const path = join(directory, entry.name);
      if (entry.isDirectory()) await walk(path);
      else if (entry.isFile()) {
        const bytes = await readFile(path).catch(() => Buffer.alloc(0));
        const count = forms.reduce((sum, form) => sum + countOf(bytes, form), 0);
        if (count > 0) found.push(`${path}: ${count}`);
      }
    }
  };
  for (const directory of directories) await walk(directory);
  return found;
}

function countOf(bytes: Buffer, form: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(form); at !== -1; at = bytes.indexOf(form, at + 1)) count += 1;
  return count;
}
