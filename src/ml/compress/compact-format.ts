/** First byte of a value in the compact form; below 0x80 it is a whole number itself. */
export const TAG = {
  null: 0x80,
  false: 0x81,
  true: 0x82,
  double: 0x83,
  single: 0x84,
  whole: 0x85,
  text: 0x86,
  array: 0x87,
  object: 0x88,
  typed: 0x89,
  /** Float64Array whose numbers are all singles. */
  singles: 0x8a,
  /** Float64Array of whole numbers. */
  wholes: 0x8b,
  /** Uint8Array of 0 and 1. */
  bits: 0x8c,
  /** Float32Array as steps. */
  packed: 0x8d,
  /** And above: a text of `KNOWN_TEXTS`. */
  known: 0xc0,
} as const;

/** Texts that take one byte. Their places are part of the format: only append, at most 64. */
export const KNOWN_TEXTS: readonly string[] = [
  ...['kind', 'version', 'state', 'options', 'trained', 'columns', 'mean', 'scale', 'weights'],
  ...['epochs', 'loss', 'autoencoder', 'hidden', 'bottleneck', 'activation', 'clip', 'tanh'],
  ...['relu', 'lstm_next_event', 'window', 'score', 'top', 'end', 'ids', 'surprisal', 'misses'],
  ...['surprise', 'horizon', 'relearn', 'watch', 'level', 'sketch', 'pending', 'typical'],
  ...['strange', 'held', 'values', 'blurred', 'squares'],
];

export const MAX_DEPTH = 32;
