import { buildRecord } from '../fields/build-record.ts';
import { levelFromMessage } from '../fields/severity.ts';
import type { LineParser } from '../line-parser.ts';

/** Any text, one record a line: the level from its words, the time of the line before or of receipt. */
export const plainText: LineParser = {
  id: 'text',
  about: 'any text: one record a line, its level from words such as error or warning',
  service: 'text',
  parse: (line, context) =>
    line === ''
      ? undefined
      : buildRecord(
          { timestamp: undefined, severity: { level: levelFromMessage(line) }, message: line },
          context,
          'text',
        ),
};
