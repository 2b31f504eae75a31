import type { LineFormat } from './line-format.ts';
import { levelFromMessage } from './line-level.ts';

/** Any text, one record a line: the level from its words, the time of the line before or of now. */
export const plainText: LineFormat = {
  name: 'text',
  about: 'any text: one record a line, its level from words such as error or warning',
  service: 'text',
  parse: (line, context) =>
    line === ''
      ? undefined
      : {
          timestamp: context.previous ?? context.reference,
          level: levelFromMessage(line),
          service: context.service ?? 'text',
          message: line,
        },
};
