import { readdir } from 'node:fs/promises';
import { isAbsolute, join, resolve, sep } from 'node:path';

/** Paths that a pattern names: `*` and `?` stand for any characters of one name. */
export async function pathsOf(pattern: string): Promise<readonly string[]> {
  const full = isAbsolute(pattern) ? pattern : resolve(pattern);
  const [, ...parts] = full.split(sep);
  let found: string[] = [sep];
  for (const part of parts) {
    found = isPattern(part)
      ? (await Promise.all(found.map((folder) => matching(folder, part)))).flat()
      : found.map((folder) => join(folder, part));
  }
  return found.sort();
}

/** The folder that holds all that a pattern can name. */
export function folderOf(pattern: string): string {
  const parts = resolve(pattern).split(sep);
  const first = parts.findIndex(isPattern);
  return parts.slice(0, first < 0 ? -1 : first).join(sep) || sep;
}

function isPattern(part: string): boolean {
  return /[*?]/.test(part);
}

async function matching(folder: string, pattern: string): Promise<string[]> {
  const text = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[^/]*');
  const name = new RegExp(`^${text.replaceAll('?', '[^/]')}$`);
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((each) => name.test(each) && (pattern.startsWith('.') || !each.startsWith('.')))
    .map((each) => join(folder, each));
}
