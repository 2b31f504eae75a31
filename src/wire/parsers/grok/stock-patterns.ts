import { LOG_PATTERNS } from './stock-log-patterns.ts';
import { TIME_PATTERNS } from './stock-time-patterns.ts';

/** A word in any case. */
const anyCase = (word: string): string =>
  [...word].map((letter) => `[${letter.toUpperCase()}${letter}]`).join('');

/**
 * Wherever it can, a pattern is written so that its next character decides
 * how to go on: then `RegExp` is fast on it, whatever the line. That is why
 * addresses are not checked for their range.
 */
const BASIC_PATTERNS: Readonly<Record<string, string>> = {
  // Text
  WORD: '\\w+',
  WORDS: '\\w+(?: \\w+)*',
  NOTSPACE: '\\S+',
  SPACE: '\\s*',
  BLANK: '[ \\t]+',
  DATA: '.*?',
  GREEDYDATA: '.*',
  GREEDYMULTILINE: '[^\\x00]*',
  QUOTEDSTRING: '"(?:[^"\\\\]|\\\\.)*"|\'(?:[^\'\\\\]|\\\\.)*\'|`(?:[^`\\\\]|\\\\.)*`',
  QS: '%{QUOTEDSTRING}',
  DOUBLEQUOTED: '"(?:[^"\\\\]|\\\\.)*"',
  INQUOTES: '(?:[^"\\\\]|\\\\.)*',
  INBRACKETS: '[^\\[\\]]*',
  INPARENS: '[^()]*',
  KEY: '[A-Za-z_][\\w.-]*',
  KEYVALUE: '%{KEY}=(?:"(?:[^"\\\\]|\\\\.)*"|[^\\s"]*)',
  // Numbers
  INT: '[+-]?\\d+',
  POSINT: '[1-9]\\d*',
  NONNEGINT: '\\d+',
  BASE10NUM: '[+-]?(?:\\d+(?:\\.\\d*)?|\\.\\d+)',
  NUMBER: '%{BASE10NUM}',
  SCIENTIFIC: '[+-]?(?:\\d+(?:\\.\\d*)?|\\.\\d+)(?:[eE][+-]?\\d+)?',
  BASE16NUM: '[+-]?(?:0[xX])?[0-9A-Fa-f]+',
  HEX: '[0-9A-Fa-f]+',
  PERCENT: '%{BASE10NUM}%',
  BOOLEAN: `${anyCase('true')}|${anyCase('false')}`,
  BYTESIZE: '\\d+(?:\\.\\d+)?(?:[KMGT]i?)?B',
  DURATION: '\\d+(?:\\.\\d+)?(?:ns|us|µs|ms|s|m|h)',
  // Names
  USERNAME: '[\\w.-]+',
  USER: '%{USERNAME}',
  EMAILLOCALPART: "[\\w!#$%&'*+/=?^`{|}~.-]{1,64}",
  EMAILADDRESS: '%{EMAILLOCALPART}@%{HOSTNAME}',
  UUID: '[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}',
  TRACEID: '[0-9a-f]{32}',
  SPANID: '[0-9a-f]{16}',
  URN: 'urn:[0-9A-Za-z][0-9A-Za-z-]{0,31}:[^\\s"]+',
  SEMVER: 'v?\\d+\\.\\d+\\.\\d+(?:-[0-9A-Za-z.-]+)?(?:\\+[0-9A-Za-z.-]+)?',
  // Network
  IPV4: '\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}',
  IPV6: '[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?:\\.\\d{1,3}){0,3}(?:%\\w{1,16})?',
  IP: '(?:%{IPV4}|%{IPV6})',
  HOSTNAME: '[0-9A-Za-z_][\\w-]{0,62}(?:\\.[0-9A-Za-z_][\\w-]{0,62})*',
  IPORHOST: '(?:%{IPV6}|%{HOSTNAME})',
  PORT: '\\d{1,5}',
  HOSTPORT: '%{HOSTNAME}:%{PORT}',
  CIDR: '%{IPV4}/\\d{1,2}',
  COMMONMAC: '[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}',
  WINDOWSMAC: '[0-9A-Fa-f]{2}(?:-[0-9A-Fa-f]{2}){5}',
  CISCOMAC: '[0-9A-Fa-f]{4}(?:\\.[0-9A-Fa-f]{4}){2}',
  MAC: '(?:%{COMMONMAC}|%{WINDOWSMAC}|%{CISCOMAC})',
  INTERFACE: '[A-Za-z][\\w/.:-]*',
  // Files and addresses of the web
  UNIXPATH: '(?:/[\\w%!$@:.,+~=-]*)+',
  WINPATH: '(?:[A-Za-z]:|\\\\)(?:\\\\[^\\\\?*"|<>\\s]*)+',
  PATH: '(?:%{UNIXPATH}|%{WINPATH})',
  FILENAME: '[^/\\\\\\s:"]+',
  TTY: '/dev/(?:pts/\\d+|tty\\w*)',
  URIPROTO: '[A-Za-z][A-Za-z0-9+.-]*',
  URIHOST: '%{IPORHOST}(?::%{PORT})?',
  URIPATH: "(?:/[\\w$.+!*'(){},~:;=@#%&|-]*)+",
  URIQUERY: '[^\\s"#]*',
  URIPARAM: '\\?%{URIQUERY}',
  URIPATHPARAM: '%{URIPATH}(?:%{URIPARAM})?',
  URI: '%{URIPROTO}://(?:[^\\s@/"]{1,128}@)?(?:%{URIHOST})?(?:%{URIPATHPARAM})?',
  HTTPMETHOD: '[A-Z]{3,10}',
  HTTPSTATUS: '[1-5]\\d\\d',
  HTTPVERSION: 'HTTP/\\d(?:\\.\\d)?',
  // Levels
  LOGLEVEL: [
    `${anyCase('a')}${anyCase('lert')}`,
    `${anyCase('trace')}|${anyCase('debug')}|${anyCase('verbose')}|${anyCase('notice')}`,
    `${anyCase('info')}(?:${anyCase('rmation')}(?:${anyCase('al')})?)?`,
    `${anyCase('warn')}(?:${anyCase('ing')})?`,
    `${anyCase('e')}(?:${anyCase('rr')}(?:${anyCase('or')})?|${anyCase('merg')}(?:${anyCase('ency')})?)`,
    `${anyCase('crit')}(?:${anyCase('ical')})?`,
    `${anyCase('fatal')}|${anyCase('severe')}|${anyCase('panic')}`,
  ].join('|'),
};

/** The patterns that every grok pattern may refer to, by name. */
export const STOCK_PATTERNS: ReadonlyMap<string, string> = new Map([
  ...Object.entries(BASIC_PATTERNS),
  ...Object.entries(TIME_PATTERNS),
  ...Object.entries(LOG_PATTERNS),
]);
