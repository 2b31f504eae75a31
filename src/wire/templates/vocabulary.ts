const split = (text: string): readonly string[] => text.split(' ');

const SIZES = new Set(split('B KB MB GB TB PB kB K M G KiB MiB GiB TiB byte bytes Bytes'));
const TIMES = new Set(
  split(
    'ns us µs ms msec msecs s sec secs second seconds min mins minute minutes h hr hrs hour hours d day days',
  ),
);
/** Of rates, of what sensors read, and of money. */
const OTHER_UNITS = new Set(
  split(
    'bps kbps Kbps Mbps Gbps MB/s KB/s kB/s GB/s Hz kHz KHz MHz GHz rpm RPM mV V mA mW W C F dB dBm EUR USD GBP JPY CHF CNY',
  ),
);
const DATES = split('Mon Tue Wed Thu Fri Sat Sun Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec');
const ABSENT = split('null none nil NULL None Null NONE undefined n/a N/A');
const TRUTHS = split('true false True False TRUE FALSE');
const SWITCHES = split('yes no Yes No YES NO on off On Off ON OFF enable disable enabled disabled');
const PROTOCOLS = split('IPv4 IPv6 ipv4 ipv6 IPV4 IPV6 v4 v6');
const HOLDERS = new Set(split('user username host hostname'));

const LEADERS = new Set(split('by at via class named called using from of to in on for'));

/** What a word can be by its spelling alone. */
export const SPELLING = Object.freeze({
  other: 0,
  /** true or false. */
  truth: 1,
  /** A word for no value. */
  absent: 2,
  /** Short name of a week day or month. */
  date: 3,
  host: 4,
  /** How a switch stands. */
  switched: 5,
  /** A name whose digit is no counter. */
  protocol: 6,
} as const);

const SPELLINGS = new Map<string, number>([
  ...TRUTHS.map((word) => [word, SPELLING.truth] as const),
  ...ABSENT.map((word) => [word, SPELLING.absent] as const),
  ...PROTOCOLS.map((word) => [word, SPELLING.protocol] as const),
  ...SWITCHES.map((word) => [word, SPELLING.switched] as const),
  ...DATES.map((word) => [word, SPELLING.date] as const),
  ['localhost', SPELLING.host],
]);
/** Lengths of known words by their first character, one bit each: most words need no look-up. */
const LENGTHS = new Uint16Array(128);
for (const word of SPELLINGS.keys()) {
  const first = word.charCodeAt(0);
  LENGTHS[first] = (LENGTHS[first] ?? 0) | (1 << word.length);
}

/** What the word from `start` to `end` is by its spelling: `SPELLING`. */
export function spelling(line: string, start: number, end: number): number {
  const lengths = LENGTHS[line.charCodeAt(start)] ?? 0;
  if (end - start > 15 || (lengths & (1 << (end - start))) === 0) return SPELLING.other;
  return SPELLINGS.get(line.slice(start, end)) ?? SPELLING.other;
}

/** Words for no value. */
export function isAbsent(word: string): boolean {
  return SPELLINGS.get(word) === SPELLING.absent;
}

/** Units of sizes; a size may be said twice in one line. */
export function isSizeUnit(word: string): boolean {
  return SIZES.has(word);
}

/** Units; after a number they are part of the value. */
export function isUnit(word: string): boolean {
  return SIZES.has(word) || TIMES.has(word) || OTHER_UNITS.has(word);
}

/** Nouns that are followed by a name. */
export function isHolder(word: string): boolean {
  return HOLDERS.has(word);
}

/** Words that are often followed by a name. */
export function isLeader(word: string): boolean {
  return LEADERS.has(word);
}
