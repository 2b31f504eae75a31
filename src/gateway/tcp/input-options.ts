import { option } from '../../core/options.ts';

/** Keys of an input that are single values, but for `parser`. */
const INPUT_OPTIONS = Object.freeze({
  type: option.oneOf({
    doc: 'Protocol: text lines (JSON or any log format) over TCP, syslog over TCP or UDP, Fluent forward, Lumberjack.',
    values: ['lines', 'syslog', 'syslog-udp', 'forward', 'lumberjack'],
  }),
  enabled: option.boolean({ doc: 'Whether it runs.', default: true }),
  host: option.text({ doc: 'Address to listen on.', default: '127.0.0.1', maxLength: 255 }),
  port: option.integer({ doc: 'Port to listen on; 0 takes a free one.', min: 0, max: 65_535 }),
  service: option.text({
    doc: 'Service of all records, whatever they say.',
    default: '',
    maxLength: 128,
  }),
  ack: option.boolean({ doc: 'Whether lines are confirmed without being asked.', default: false }),
  token: option.boolean({
    doc: 'Whether a sender of lines must begin with {"token":"wk_…"}.',
    default: false,
  }),
  sharedKey: option.text({ doc: 'Shared key of the forward protocol.', default: '' }),
  sharedKeyFile: option.text({ doc: 'File that holds the shared key.', default: '' }),
  allow: option.list({
    doc: 'Addresses and networks that may send, beside this machine; empty: all that can prove themselves.',
    of: option.text({ doc: 'An address or network.', maxLength: 64 }),
    default: [],
    maxItems: 256,
  }),
});

/** Keys of an input that are single values; `names` are those of parsers besides `network`: syslog, CEF and LEEF as devices send them. */
export const inputOptions = (names: readonly string[]) => ({
  ...INPUT_OPTIONS,
  parser: option.oneOf({
    doc: 'Who reads the lines: auto for lines, network for syslog; with forward and lumberjack none, or who reads the text of events.',
    values: [...new Set(['default', 'none', 'auto', 'network', ...names])],
    default: 'default',
  }),
});

/** Keys of `tls`. */
export const TLS_OPTIONS = Object.freeze({
  certFile: option.text({
    doc: "PEM file of the certificate chain; without it the site's own authority gives one.",
    default: '',
  }),
  keyFile: option.text({ doc: 'PEM file of its key.', default: '' }),
  caFile: option.text({
    doc: "PEM file of the authority of client certificates; without it the site's own.",
    default: '',
  }),
  clientCertificates: option.oneOf({
    doc: 'Whether senders must show a certificate.',
    values: ['none', 'optional', 'required'],
    default: 'none',
  }),
});

/** Keys of one user of the forward protocol. */
export const USER_OPTIONS = Object.freeze({
  name: option.text({ doc: 'User name.', maxLength: 128 }),
  password: option.text({ doc: 'Password.' }),
});

/** Keys of `limits`. */
export const INPUT_LIMITS = Object.freeze({
  connections: option.integer({ doc: 'Connections.', default: 512, min: 1, max: 100_000 }),
  connectionsPerAddress: option.integer({
    doc: 'Connections of one address.',
    default: 128,
    min: 1,
    max: 100_000,
  }),
  bytesPerSecond: option.integer({
    doc: 'Bytes per second of one connection; a faster one is slowed down.',
    default: 33_554_432,
    min: 1_024,
  }),
  recordsPerSecond: option.integer({
    doc: 'Records per second of one connection; a faster one is slowed down.',
    default: 100_000,
    min: 1,
  }),
  lineBytes: option.integer({
    doc: 'Bytes of a line that are kept; the rest of a longer one is cut off and counted.',
    default: 65_536,
    min: 64,
    max: 1_048_576,
  }),
  messageBytes: option.integer({
    doc: 'Bytes of one message of forward or Lumberjack, also after decompression.',
    default: 16_777_216,
    min: 1_024,
    max: 268_435_456,
  }),
  events: option.integer({
    doc: 'Events of one message or window.',
    default: 65_536,
    min: 1,
    max: 1_000_000,
  }),
  heldBytes: option.integer({
    doc: 'Bytes of incomplete messages over all connections; beyond it the connection that holds most is cut.',
    default: 134_217_728,
    min: 65_536,
  }),
  queueDatagrams: option.integer({
    doc: 'Datagrams that wait (UDP); beyond it they are dropped and counted.',
    default: 16_384,
    min: 1,
    max: 1_000_000,
  }),
  queueBytes: option.integer({
    doc: 'Bytes of datagrams that wait (UDP).',
    default: 16_777_216,
    min: 1_024,
  }),
  admission: option.duration({
    doc: 'How long TLS and a token or shared key may take.',
    default: '10s',
    min: '100ms',
  }),
  partial: option.duration({
    doc: 'How long a sender may take to complete a message that it began.',
    default: '30s',
    min: '100ms',
  }),
  idle: option.duration({
    doc: 'How long a connection may be silent.',
    default: '15m',
    min: '1s',
  }),
});
