// Serves as `npm run cluster` does, with two parts that do nothing: node serving-child.ts DIRECTORY
import { runTogether } from '../../scripts/cluster/foreground.ts';
import { recordServing } from '../../scripts/cluster/serving.ts';

const idle = `process.on('SIGTERM', () => process.exit(0)); setInterval(() => {}, 1000);`;
const ending = new AbortController();
process.on('SIGTERM', () => ending.abort());
process.exitCode = await runTogether(
  ['api', 'workers'].map((name) => ({ name, arguments: ['-e', idle], env: {} })),
  { signal: ending.signal, onStart: recordServing(process.argv[2] as string) },
);
