import { buildRecord } from '../fields/build-record.ts';
import { levelFromMessage } from '../fields/severity.ts';
import type { LineContext, LineParser, ParsedLine } from '../line-parser.ts';
import { isoTime } from '../line-time.ts';
import { jsonLines, readJsonObject } from './json-lines.ts';
import { logfmt } from './logfmt.ts';

/** What a container wrote is read as one of these where it can be. */
const INNER: readonly LineParser[] = [jsonLines, logfmt];

/** `2016-10-06T00:17:09.669794202Z stdout F text` (Kubernetes, CRI logging); `P` is a part of a longer line. */
const CRI =
  /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)) (stdout|stderr) ([FP])(?::\S{0,64})? ?/;

export const cri: LineParser = {
  id: 'cri',
  about: 'container logs of Kubernetes (CRI: containerd, CRI-O)',
  service: 'container',
  parse: (line, context) => {
    const [head, time, stream, tag] = CRI.exec(line) ?? [];
    if (head === undefined || time === undefined) return undefined;
    const timestamp = isoTime(time, context);
    if (timestamp === undefined) return undefined;
    const attributes = { stream, ...(tag === 'P' ? { partial: true } : {}) };
    return innerRecord({ text: line.slice(head.length), timestamp, attributes }, context);
  },
};

export const dockerJson: LineParser = {
  id: 'docker',
  about: "Docker's json-file logs",
  service: 'container',
  parse: (line, context) => {
    if (!line.startsWith('{"log":')) return undefined;
    const { log, stream, time, attrs } = readJsonObject(line) ?? {};
    if (typeof log !== 'string' || typeof time !== 'string') return undefined;
    const timestamp = isoTime(time, context);
    if (timestamp === undefined) return undefined;
    const text = log.replace(/\r?\n$/, '');
    const attributes = {
      ...(typeof stream === 'string' ? { stream } : {}),
      ...(attrs === undefined ? {} : { attrs }),
      ...(text === log ? { partial: true } : {}),
    };
    return innerRecord({ text, timestamp, attributes }, context);
  },
};

interface Inner {
  readonly text: string;
  readonly timestamp: number;
  readonly attributes: Record<string, unknown>;
}

function innerRecord({ text, timestamp, attributes }: Inner, context: LineContext): ParsedLine {
  const own = { defaultService: 'container', ...context, previous: timestamp };
  for (const parser of INNER) {
    const record = parser.parse(text, own);
    if (record === undefined) continue;
    return { ...record, attributes: { ...attributes, ...record.attributes } };
  }
  const severity = { level: levelFromMessage(text) };
  return buildRecord({ timestamp, severity, message: text, attributes }, own, 'container');
}
