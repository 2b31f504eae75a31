import { option } from '../../core/options.ts';

/** Keys of an entry of `kafka:` that are single values, but for `parser`. */
const KAFKA_OPTIONS = Object.freeze({
  brokers: option.list({
    doc: 'Brokers to begin with, as host:port; the others are learned from them.',
    of: option.text({ doc: 'A broker.', maxLength: 260 }),
    maxItems: 64,
  }),
  topics: option.list({
    doc: 'Topics to read.',
    of: option.text({ doc: 'A topic.', maxLength: 249 }),
    maxItems: 256,
  }),
  enabled: option.boolean({ doc: 'Whether they are read.', default: true }),
  group: option.text({
    doc: 'Consumer group; sites that share one share the partitions.',
    default: 'watchkeeper',
    maxLength: 255,
  }),
  startAt: option.oneOf({
    doc: 'Where to begin in partitions of which the group has no offset.',
    values: ['end', 'beginning'],
    default: 'end',
  }),
  service: option.text({
    doc: 'Service of all records, whatever they say; without it, records that name none have that of the topic.',
    default: '',
    maxLength: 128,
  }),
});

/** Keys of an entry of `kafka:` that are single values; `names` are those of parsers. */
export const kafkaOptions = (names: readonly string[]) => ({
  ...KAFKA_OPTIONS,
  parser: option.oneOf({
    doc: 'Who reads the messages: json takes records as POST /v1/logs does, auto and the others read log lines, none keeps them as they are.',
    values: [...new Set(['auto', 'json', 'none', ...names])],
    default: 'auto',
  }),
});

/** Keys of `tls` of a Kafka input. */
export const KAFKA_TLS_OPTIONS = Object.freeze({
  caFile: option.text({
    doc: "PEM file of the authority of the brokers; without it the system's.",
    default: '',
  }),
  certFile: option.text({ doc: 'PEM file of the certificate to show.', default: '' }),
  keyFile: option.text({ doc: 'PEM file of its key.', default: '' }),
});

/** Keys of `sasl`. */
export const KAFKA_SASL_OPTIONS = Object.freeze({
  mechanism: option.oneOf({
    doc: 'How to log in.',
    values: ['scram-sha-512', 'scram-sha-256', 'plain'],
    default: 'scram-sha-512',
  }),
  username: option.text({ doc: 'User.', maxLength: 256 }),
  password: option.text({ doc: 'Password.', default: '' }),
  passwordFile: option.text({ doc: 'File that holds the password.', default: '' }),
});

/** Keys of `limits` of a Kafka input. */
export const KAFKA_LIMITS = Object.freeze({
  messageBytes: option.integer({
    doc: 'Bytes of a message; a larger one becomes a dead letter.',
    default: 262_144,
    min: 64,
    max: 1_048_576,
  }),
  batch: option.integer({
    doc: 'Messages that are made durable together.',
    default: 500,
    min: 1,
    max: 5_000,
  }),
  fetchBytes: option.integer({
    doc: 'Bytes that are fetched at one time.',
    default: 4_194_304,
    min: 65_536,
    max: 67_108_864,
  }),
  partitions: option.integer({
    doc: 'Partitions that are read at the same time.',
    default: 4,
    min: 1,
    max: 64,
  }),
  session: option.duration({
    doc: 'How long the group waits for a site that is silent before it gives its partitions away.',
    default: '30s',
    min: '6s',
  }),
});
