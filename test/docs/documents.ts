import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { projectRoot } from '../../src/core/root.ts';

/** A Markdown file: its path from the root, with slashes, and its text. */
export interface Document {
  readonly path: string;
  readonly text: string;
}

/** The documents at the root and all below docs/. */
export function documents(): readonly Document[] {
  const root = projectRoot();
  const top = readdirSync(root).filter((name) => name.endsWith('.md'));
  const below = readdirSync(join(root, 'docs'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/'));
  return [...top, ...below].map((path) => ({ path, text: readDocument(path) }));
}

export function readDocument(path: string): string {
  return readFileSync(join(projectRoot(), path), 'utf8');
}

export function isThere(path: string): boolean {
  return existsSync(join(projectRoot(), path));
}

const FENCE = /^```([a-z]*)\n([^]*?)^```/gm;

/** Text without fenced blocks. */
export function prose(text: string): string {
  return text.replace(FENCE, '');
}

/** What stands between single backticks. */
export function codeSpans(text: string): readonly string[] {
  return [...prose(text).matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span);
}

/** Lines of fenced blocks for a shell, or for none in particular. */
export function shellLines(text: string): readonly string[] {
  return [...text.matchAll(FENCE)]
    .filter(([, language]) => language === '' || language === 'sh')
    .flatMap(([, , body = '']) => body.split('\n'));
}
