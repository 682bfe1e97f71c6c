import assert from 'node:assert/strict';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import type { Node, SourceFile } from 'typescript/unstable/ast';
import {
  isArrowFunction,
  isConstructorDeclaration,
  isFunctionDeclaration,
  isFunctionExpression,
  isGetAccessorDeclaration,
  isMethodDeclaration,
  isSetAccessorDeclaration,
} from 'typescript/unstable/ast/is';
import { API } from 'typescript/unstable/sync';

const root = join(import.meta.dirname, '../../..');

/** Lines of the longest function of `src`. It may only become less: split the function, then lower this. */
const LONGEST = 162;

const isFunction = (node: Node): boolean =>
  [
    isArrowFunction,
    isConstructorDeclaration,
    isFunctionDeclaration,
    isFunctionExpression,
    isGetAccessorDeclaration,
    isMethodDeclaration,
    isSetAccessorDeclaration,
  ].some((isKind) => isKind(node));

type Place = { readonly place: string; readonly lines: number };

/** The functions of a file, those within others included, from their first line to their last. */
function functionsOf(file: SourceFile): Place[] {
  const found: Place[] = [];
  const lineOf = (position: number): number => file.text.slice(0, position).split('\n').length;
  const visit = (node: Node): void => {
    if (isFunction(node)) {
      const first = lineOf(node.getStart(file));
      const place = `${relative(root, file.fileName)}:${first}`;
      found.push({ place, lines: lineOf(node.end) - first + 1 });
    }
    node.forEachChild(visit);
  };
  visit(file);
  return found;
}

test(`no function of the server has more than ${LONGEST} lines`, () => {
  const api = new API({ cwd: root });
  try {
    const config = join(root, 'tsconfig.json');
    const project = api.updateSnapshot({ openProjects: [config] }).getProject(config);
    assert.ok(project);
    const functions = project.program
      .getSourceFileNames()
      .filter((name) => name.startsWith(join(root, 'src/')))
      .flatMap((name) => functionsOf(project.program.getSourceFile(name) as SourceFile))
      .sort((a, b) => b.lines - a.lines);
    assert.ok(functions.length > 1_000, `${functions.length} functions`);
    assert.deepEqual(
      functions.filter(({ lines }) => lines > LONGEST),
      [],
    );
    assert.equal(functions[0]?.lines, LONGEST, 'the limit is the longest function that there is');
  } finally {
    api.close();
  }
});
