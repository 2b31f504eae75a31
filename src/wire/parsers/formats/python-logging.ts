import { buildRecord } from '../fields/build-record.ts';
import { severityOfWord } from '../fields/severity.ts';
import type { LineContext, LineParser, ParsedLine } from '../line-parser.ts';
import { lineTime } from '../line-time.ts';

/** `WARNING:root:text`, the format of `logging.basicConfig()`. */
const BASIC = /^(DEBUG|INFO|WARNING|ERROR|CRITICAL|NOTSET):([\w.-]{1,128}):(.*)$/;
/** `2024-01-02 03:04:05,678 - name - LEVEL - text`, as its documentation shows it; also without the dashes. */
const LONG =
  /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d),(\d{3})(?: - ([\w.-]{1,128}) - (DEBUG|INFO|WARNING|ERROR|CRITICAL) - | (DEBUG|INFO|WARNING|ERROR|CRITICAL):([\w.-]{1,128}):)(.*)$/;

export const pythonLogging: LineParser = {
  id: 'python',
  about: "Python's logging with its default formats",
  service: 'python',
  parse: (line, context) => {
    const basic = BASIC.exec(line);
    if (basic !== null) {
      const [, word = '', component, message = ''] = basic;
      return recordOf({ timestamp: undefined, word, component, message }, context);
    }
    const [, year, month, day, hour, minute, second, fraction, name, level, word, logger, message] =
      LONG.exec(line) ?? [];
    if (message === undefined) return undefined;
    const timestamp = lineTime({ year, month, day, hour, minute, second, fraction }, context);
    if (timestamp === undefined) return undefined;
    const component = name ?? logger;
    return recordOf({ timestamp, word: level ?? word ?? '', component, message }, context);
  },
};

interface Parts {
  readonly timestamp: number | undefined;
  readonly word: string;
  readonly component: string | undefined;
  readonly message: string;
}

function recordOf(parts: Parts, context: LineContext): ParsedLine {
  const { timestamp, word, component, message } = parts;
  const severity = severityOfWord(word) ?? { level: 'DEBUG', text: word };
  return buildRecord(
    { timestamp, severity, message, attributes: { component } },
    context,
    'python',
  );
}
