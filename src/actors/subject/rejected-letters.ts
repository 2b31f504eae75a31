import type { DecodedBatch } from '../ports.ts';

type Rejected = DecodedBatch['rejected'];

/** Records of one entry that get a dead letter of their own. */
const OWN_LETTERS = 16;

/**
 * What is kept of an entry's rejected records: the first ones each with their
 * own bytes, all further ones together in one letter with the whole payload.
 * So an entry adds at most about twice its size to the dead letters, however
 * many records of it are bad, and nothing of it is lost.
 */
export function rejectedLetters(
  rejected: Rejected,
  payload: Uint8Array,
): readonly (Rejected[number] & { readonly ordinals?: readonly number[] })[] {
  const own = rejected.slice(0, OWN_LETTERS);
  const [first, ...more] = rejected.slice(OWN_LETTERS);
  if (first === undefined || more.length === 0) return rejected;
  const { ordinal, pointer } = first;
  const reason = `${first.reason} This and ${more.length} more records; the body is the whole payload.`;
  const ordinals = [first, ...more].map((each) => each.ordinal);
  return [...own, { ordinal, pointer, reason, body: payload, ordinals }];
}

/** One note for all records of a frame that were rejected: the first, and how many there are. */
export function noteOnRecords(rejected: Rejected): string {
  const [first] = rejected;
  if (first === undefined) return '';
  const { ordinal, pointer, reason } = first;
  const others = rejected.length === 1 ? '' : ` (${rejected.length} records were rejected)`;
  return `Record ${ordinal}${pointer === '' ? '' : ` ${pointer}`}: ${reason}${others}`;
}
