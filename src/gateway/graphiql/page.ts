import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { readManifest } from './manifest.ts';

/** Where the page expects its assets by default. */
export const ASSET_PATH = '/graphiql/';

/**
 * To send as `Content-Security-Policy` with the page and with the assets (a worker obeys the policy of its own
 * answer). Nothing is loaded from or sent to another origin, and no script but our files runs. Styles may be
 * inline because Monaco writes its own; `data:` images are the squiggles under errors.
 */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "font-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** To send as `Cache-Control` with an asset: its name changes with its content. */
export const ASSET_CACHE_CONTROL = 'public, max-age=31536000, immutable';

/** A file in memory. `contentEncoding` is what `body` is packed with. */
type Asset = {
  readonly body: Buffer;
  readonly contentType: string;
  readonly contentEncoding: 'gzip' | undefined;
  /** Quoted, as the header wants it. */
  readonly etag: string;
};

type PageOptions = {
  /** Where the queries go, for example `/graphql`; on the page's own origin. */
  readonly endpoint: string;
  readonly title: string;
  /** Where the assets are served, with a slash at the end. */
  readonly assetPath?: string;
};

export type GraphiqlAssets = {
  /** The page. Send it with `contentSecurityPolicy`. */
  html(options: PageOptions): string;
  /** A file by its hashed name, packed unless `acceptEncoding` (default `gzip`) forbids; undefined: no such file. */
  asset(name: string, acceptEncoding?: string): Promise<Asset | undefined>;
};

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
  '.ttf': 'font/ttf',
};

const unpack = promisify(gunzip);

/** Loads the console, as `npm run build` bundles it into `dir`, into memory. @throws Error when there is no build */
export async function graphiqlAssets(dir: string): Promise<GraphiqlAssets> {
  const manifest = await readManifest(dir);
  if (!manifest)
    throw new Error(
      `The console is not built in ${dir}. Run: npm run build (or start without it: GRAPHIQL=false)`,
    );
  const packed = new Map<string, { readonly body: Buffer; readonly etag: string }>();
  for (const file of manifest.files) {
    const body = await readFile(join(dir, `${file}.gz`));
    packed.set(file, { body, etag: createHash('sha256').update(body).digest('base64url').slice(0, 22) });
  }

  return {
    html: ({ endpoint, title, assetPath = ASSET_PATH }) => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="referrer" content="no-referrer">
    <title>${escapeHtml(title)}</title>
    <link rel="icon" href="data:image/svg+xml,${ICON}">
    <link rel="stylesheet" href="${escapeHtml(assetPath + manifest.style)}">
    <script type="module" src="${escapeHtml(assetPath + manifest.script)}"></script>
  </head>
  <body>
    <div id="root" data-endpoint="${escapeHtml(endpoint)}"></div>
    <noscript>GraphiQL needs JavaScript. The API itself does not: POST queries to ${escapeHtml(endpoint)}.</noscript>
  </body>
</html>
`,
    async asset(name, acceptEncoding = 'gzip') {
      const found = packed.get(name);
      if (!found) return undefined;
      const contentType = CONTENT_TYPES[extname(name)] ?? 'application/octet-stream';
      if (/\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/i.test(acceptEncoding))
        return { body: found.body, contentType, contentEncoding: 'gzip', etag: `"${found.etag}-gzip"` };
      return {
        body: await unpack(found.body),
        contentType,
        contentEncoding: undefined,
        etag: `"${found.etag}"`,
      };
    },
  };
}

/** Three stations on a path, as in the header. */
const ICON = encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 26 26"><g fill="#0b7285"><path d="M5 20C5 10 13 18 13 12S21 14 21 6" fill="none" stroke="#0b7285" stroke-width="2"/><circle cx="5" cy="20" r="3"/><circle cx="13" cy="13" r="2.5"/><circle cx="21" cy="6" r="3"/></g></svg>',
);

const escapeHtml = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
