import assert from 'node:assert/strict';
import { posix } from 'node:path';
import { describe } from '../support/suite.ts';
import { codeSpans, documents, isThere, prose, readDocument, type Document } from './documents.ts';

/** Relative links of a document as [path from the root, anchor]. */
function links({ path, text }: Document): readonly (readonly [string, string])[] {
  return [...prose(text).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [file = '', anchor = ''] = target.split('#');
      return [file === '' ? path : posix.join(posix.dirname(path), file), anchor] as const;
    });
}

/** Anchors of headings, as the usual renderers make them. */
function anchors(path: string): readonly string[] {
  return [...prose(readDocument(path)).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

const TOP = '(?:src|test|docs|bench|scripts|config|examples)';
const NAMED = new RegExp(`^${TOP}/[A-Za-z0-9_./-]*$`);
const ROOT_FILE = /^(?:[A-Z]+\.md|LICENSE|Dockerfile|[a-z.-]+\.(?:json|yml|cjs))$/;

/** Files and folders of the project that a document names in its code spans. */
function namedFiles({ path, text }: Document): readonly string[] {
  // The changelog may name what is gone.
  return path === 'CHANGELOG.md' ? [] : codeSpans(text).filter((span) => NAMED.test(span));
}

describe('links in the documents', (it) => {
  it('lead to files that exist', () => {
    const broken = documents().flatMap((document) =>
      links(document)
        .filter(([file]) => !isThere(file))
        .map(([file]) => `${document.path} → ${file}`),
    );
    assert.deepEqual(broken, []);
  });

  it('lead to headings that exist', () => {
    const broken = documents().flatMap((document) =>
      links(document)
        .filter(([file, anchor]) => anchor !== '' && isThere(file))
        .filter(([file, anchor]) => !anchors(file).includes(anchor))
        .map(([file, anchor]) => `${document.path} → ${file}#${anchor}`),
    );
    assert.deepEqual(broken, []);
  });
});

describe('files named in the documents', (it) => {
  it('exist', () => {
    const missing = documents().flatMap((document) =>
      namedFiles(document)
        .filter((file) => !isThere(file))
        .map((file) => `${document.path} names ${file}`),
    );
    assert.deepEqual(missing, []);
    assert.ok(documents().flatMap(namedFiles).length > 100);
  });

  it('exist at the root, too', () => {
    const names = documents()
      .filter(({ path }) => !path.includes('/'))
      .flatMap(({ text }) => codeSpans(text))
      .filter((span) => ROOT_FILE.test(span) && !KEPT_ELSEWHERE.has(span));
    assert.deepEqual(
      names.filter((name) => !isThere(name)),
      [],
    );
  });
});

/** Files of a data folder, and one that an example writes. */
const KEPT_ELSEWHERE = new Set([
  'my-watch.epoch.json',
  'site.json',
  'site-keys.json',
  'tokens.json',
]);
