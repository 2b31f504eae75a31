/** Kinds of the elements of a line, and of a template. */
export const ELEMENT = Object.freeze({
  /** Punctuation and words without a letter or digit. They never vary. */
  mark: 0,
  /** A word that tells one template from another. */
  word: 1,
  /** What a mask took for a value, or what was seen to vary. */
  variable: 2,
  /** A word that stands where a value stands (`state=idle`): kept while it is the same in every line. */
  value: 3,
} as const);

/** What a variable is; lists and units are told by it. */
export const VARIABLE = Object.freeze({
  other: 0,
  number: 1,
  identifier: 2,
  path: 3,
  host: 4,
  date: 5,
} as const);

/** Traits of a word; they say how soon it is taken for a value. */
export const TRAIT = Object.freeze({
  /** It has digits, which do not count when words are compared: `eth0` is `eth1`. */
  digits: 1,
  /** It has a dot inside. */
  dotted: 2,
  /** It has symbols inside, as names have and prose has not. */
  name: 4,
  /** Its letters are capitals: a constant of an enumeration. */
  capitals: 8,
} as const);

/** Stands for a variable in the text of a template. */
export const WILDCARD = '<*>';
