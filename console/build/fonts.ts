import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

const NAMESPACE = 'embedded-font';
const FONT_FACE = /@font-face\s*\{[^}]*\}/g;
const FONT_DATA = /url\(data:font\/(\w+);base64,([A-Za-z0-9+/=]+)\)/g;

/**
 * GraphiQL's style sheet carries all its fonts as base64, for every alphabet. As files of their own the browser
 * fetches the few it uses, and no `data:` source of fonts has to be allowed. The sheet has Monaco's styles
 * in it too, so those that Monaco's modules import are left out.
 */
export const fontFiles = (): Plugin => ({
  name: 'font-files',
  setup(builder) {
    const fonts = new Map<string, { readonly contents: Buffer; readonly loader: 'file' }>();
    builder.onLoad({ filter: /[\\/]graphiql[\\/]dist[\\/]style\.css$/ }, async ({ path }) => {
      const sheet = await readFile(path, 'utf8');
      const contents = sheet.replaceAll(FONT_FACE, (face) => {
        const family = /font-family:\s*['"]?([^;'"]+)/.exec(face)?.[1] ?? 'font';
        return face.replaceAll(FONT_DATA, (_match, format: string, data: string) => {
          const name = `${family.trim().toLowerCase().replaceAll(' ', '-')}-${fonts.size}.${format}`;
          fonts.set(name, { contents: Buffer.from(data, 'base64'), loader: 'file' });
          return `url(${NAMESPACE}:${name})`;
        });
      });
      return { contents, loader: 'css' };
    });
    builder.onResolve({ filter: /^embedded-font:/ }, ({ path }) => ({
      path: path.slice(NAMESPACE.length + 1),
      namespace: NAMESPACE,
    }));
    builder.onLoad({ filter: /.*/, namespace: NAMESPACE }, ({ path }) => fonts.get(path));
    builder.onLoad({ filter: /[\\/]monaco-editor[\\/].*\.css$/ }, () => ({ contents: '', loader: 'css' }));
  },
});
