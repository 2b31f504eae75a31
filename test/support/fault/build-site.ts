import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { projectRoot } from '../../../src/core/root.ts';

/** A defect planted into one source file while it is bundled; the file itself stays as it is. */
export interface Mutation {
  /** Below src. */
  readonly file: string;
  /** Must occur exactly once. */
  readonly find: string;
  readonly replace: string;
}

/** The dashboard is bundled anew at every start and takes no part in any fault. */
const WITHOUT_DASHBOARD: Mutation = {
  file: 'gateway/dashboard/assets.ts',
  find: 'const [bundles, statics] = await Promise.all([bundle(folder), readStatics(folder)]);',
  replace:
    'const [bundles, statics]: Entry[][] = [[], []]; void bundle; void readStatics; void folder;',
};

/** Bundles the site's process, with defects if any are given; resolves to the file to run. */
export async function buildFaultSite(
  name: string,
  mutations: readonly Mutation[] = [],
  entry = 'site-process',
): Promise<string> {
  const root = projectRoot();
  // The watchdog's thread runs the built file.
  execFileSync(process.execPath, [join(root, 'scripts', 'build.mjs')]);
  const outfile = join(root, 'dist', 'test', `${name}-${process.pid}.js`);
  process.once('exit', () => {
    rmSync(outfile, { force: true });
  });
  const planted = new Map(
    [WITHOUT_DASHBOARD, ...mutations].map((each) => [join(root, 'src', each.file), each]),
  );
  await build({
    entryPoints: [join(root, 'test', 'support', 'fault', `${entry}.ts`)],
    outfile,
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'warning',
    plugins: [
      {
        name: 'defects',
        setup: ({ onLoad }) => {
          onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, ({ path }) => {
            const mutation = planted.get(path);
            return mutation && { contents: mutated(path, mutation), loader: 'ts' };
          });
        },
      },
    ],
  });
  return outfile;
}

function mutated(path: string, { find, replace }: Mutation): string {
  const parts = readFileSync(path, 'utf8').split(find);
  if (parts.length !== 2) {
    throw new Error(`${path} holds ${parts.length - 1} times what a defect replaces: ${find}`);
  }
  return parts.join(replace);
}
