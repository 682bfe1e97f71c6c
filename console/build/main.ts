// `npm run build`: bundles the browser app into console/dist, from where the server sends it.
import { join } from 'node:path';
import { buildConsole } from './build.ts';

await buildConsole(join(import.meta.dirname, '../dist'));
