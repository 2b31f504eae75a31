// Bundles src into dist/ with esbuild when a source file is newer than the
// last build. Called by the launcher before every command, so a checkout
// always runs what its sources say. Packages stay external.
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const stampPath = join(root, 'dist', 'build.stamp');

function sources() {
  return readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** The newest change and the number of files: enough to notice edits, additions and removals. */
function fingerprint(files) {
  const newest = Math.max(...files.map((file) => statSync(file).mtimeMs));
  return `${files.length} ${newest}`;
}

function isFresh(wanted) {
  try {
    return readFileSync(stampPath, 'utf8') === wanted;
  } catch {
    return false;
  }
}

/** Builds unless dist/ is up to date. Returns whether it built. */
export async function build() {
  const files = sources();
  const wanted = fingerprint(files);
  if (isFresh(wanted)) return false;
  const { build: bundle } = await import('esbuild');
  const out = join(root, 'dist');
  mkdirSync(out, { recursive: true });
  const workers = files.filter((file) => file.endsWith('.worker.ts'));
  const staging = join(out, `js-${process.pid}`);
  await bundle({
    entryPoints: [join(root, 'src/cli/main.ts'), ...workers],
    outbase: join(root, 'src'),
    outdir: staging,
    bundle: true,
    splitting: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node20',
    sourcemap: 'linked',
    logLevel: 'warning',
  });
  const { renameSync } = await import('node:fs');
  rmSync(join(out, 'js'), { recursive: true, force: true });
  renameSync(staging, join(out, 'js'));
  writeFileSync(stampPath, wanted);
  return true;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build();
