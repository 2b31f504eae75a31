import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { WatchkeeperError } from '../../core/errors.ts';
import { openSiteCertificates } from '../../security/certificates.ts';
import { replaceFile } from '../../security/replace-file.ts';
import { createCommand, printJson, printLine, type CommonOptions } from '../command.ts';
import type { CliContext } from '../context.ts';
import { readSiteFile } from '../site-file.ts';
import { watchKeyPath } from '../watch-keys.ts';

interface CertificateOptions extends CommonOptions {
  readonly data: string;
}

/** `watchkeeper device certificate`: works on the data folder, where the authority's key is. */
export function certificateCommand(context: CliContext): Command {
  return createCommand('certificate <id>', {
    about: 'Make a TLS client certificate for a watch',
    more:
      'It is of the site’s own authority, names the watch, and ends after 30 days. The file\n' +
      '<data>/watches/<id>.pem (mode 0600) holds it with its key. For sites that run with\n' +
      '--client-certificates; run it on the machine of the site.',
    examples: [['device certificate watch-17', 'writes ./data/watches/watch-17.pem']],
  })
    .option('--data <folder>', 'data folder of the site', './data')
    .action((id: string, options: CertificateOptions) => certify(context, id, options));
}

async function certify(
  context: CliContext,
  id: string,
  options: CertificateOptions,
): Promise<void> {
  const data = resolve(context.cwd, options.data);
  if (!existsSync(join(data, 'tls', 'ca.pem'))) {
    throw new WatchkeeperError('USAGE', `The site in "${data}" has no authority of its own.`, {
      fix: 'Start it once with --client-certificates, or name its folder with --data.',
    });
  }
  const site = readSiteFile(data)?.site ?? 'local';
  const { clock } = context;
  const certificates = await openSiteCertificates({ folder: data, site, clock, names: [] });
  const { cert, key } = await certificates.device(id);
  const folder = join(data, 'watches');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = watchKeyPath(folder, id).replace(/\.json$/, '.pem');
  await replaceFile(file, `${key}${cert}`);
  if (options.json === true) printJson(context, { id, file });
  else printLine(context, `Wrote ${file}; put it on the watch.`);
}
