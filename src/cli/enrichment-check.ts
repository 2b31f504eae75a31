import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseTableFile } from '../app/enrichment/lookup-files.ts';
import { WatchkeeperError } from '../core/errors.ts';
import { parseEnrichment, type FileTable } from '../streams/enrichment/parse-enrichment.ts';

/** Reads `enrichment.yaml` and every file that it names; says what they hold. @throws CONFIG_INVALID | CONFIG_MISSING */
export function enrichmentSummary(text: string, file: string): string {
  const { tables, shifts } = parseEnrichment(text, file);
  const found = tables.map((table) => {
    if ('bucket' in table) return `${table.name} (bucket ${table.bucket}, not read)`;
    const { rows } = 'file' in table ? readTable(table, dirname(file)) : table;
    return `${table.name} (${rows.size} rows)`;
  });
  const list = found.length === 0 ? '' : `: ${found.join(', ')}`;
  return `${tables.length} tables${list}; ${shifts.length} shifts`;
}

function readTable(table: FileTable, folder: string): ReturnType<typeof parseTableFile> {
  const path = join(folder, table.file);
  try {
    return parseTableFile(table, readFileSync(path, 'utf8'), path);
  } catch (cause) {
    if (cause instanceof WatchkeeperError) throw cause;
    throw new WatchkeeperError('CONFIG_MISSING', `Cannot read "${path}".`, {
      cause,
      fix: `Put the file there, or take the table "${table.name}" out of enrichment.yaml.`,
    });
  }
}
