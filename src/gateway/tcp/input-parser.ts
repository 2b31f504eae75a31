import { FORMAT_READERS, type LineReaders } from '../../wire/parsers/config/line-readers.ts';
import { createSourceParser, type SourceParser } from '../../wire/parsers/source/source-parser.ts';
import { linuxSyslog, rfc3164 } from '../../wire/parsers/syslog/bsd-syslog.ts';
import { cef } from '../../wire/parsers/syslog/cef.ts';
import { leef } from '../../wire/parsers/syslog/leef.ts';
import { rfc5424 } from '../../wire/parsers/syslog/rfc5424.ts';
import type { InputConfig } from './input-config.ts';

/** What devices and syslog daemons send over the network. */
const NETWORK = [cef, leef, rfc5424, rfc3164, linuxSyslog];

/** The parser of one connection, or of all datagrams; `undefined` when events are taken as they are. */
export function inputParser(
  { parser, type, service }: InputConfig,
  readers: LineReaders = FORMAT_READERS,
): SourceParser | undefined {
  const isText = type !== 'forward' && type !== 'lumberjack';
  const name = parser === 'default' ? defaultParser(type) : parser;
  const hints = service === '' ? {} : { service };
  if (name === 'none' && !isText) return undefined;
  if (name === 'network') return createSourceParser({ parsers: NETWORK, mode: 'chain', hints });
  return readers.open(name, hints);
}

function defaultParser(type: InputConfig['type']): string {
  if (type === 'lines') return 'auto';
  return type === 'syslog' || type === 'syslog-udp' ? 'network' : 'none';
}

const NOT_IN_A_NAME = /[^A-Za-z0-9._@:-]+/g;
const MAX_NAME = 128;

/** The service that a tag of the forward protocol stands for: the longest entry that fits, else the tag itself. */
export function tagService(tags: ReadonlyMap<string, string>): (tag: string) => string {
  const prefixes = [...tags]
    .filter(([pattern]) => pattern.endsWith('*'))
    .map(([pattern, service]) => ({ prefix: pattern.slice(0, -1), service }))
    .sort((one, other) => other.prefix.length - one.prefix.length);
  return (tag) => {
    const exact = tags.get(tag);
    if (exact !== undefined) return exact;
    const fitting = prefixes.find(({ prefix }) => tag.startsWith(prefix));
    if (fitting !== undefined) return fitting.service;
    const name = tag.slice(0, MAX_NAME).replace(NOT_IN_A_NAME, '-').replace(/^-|-$/g, '');
    return name === '' ? 'forward' : name;
  };
}
