import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

import { eventsOf, linesOf } from './hdfs.ts';

export interface Trace {
  /** As the file names it: an attack's class, or what normal part it is from. */
  readonly group: string;
  readonly calls: Uint32Array;
}

/** Traces of a gzipped file of `group<TAB>call call …` lines. */
export function readTraces(path: string): readonly Trace[] {
  return linesOf(gunzipSync(readFileSync(path)).toString('utf8')).map((line) => {
    const tab = line.indexOf('\t');
    return { group: line.slice(0, tab), calls: eventsOf(line.slice(tab + 1)) };
  });
}
