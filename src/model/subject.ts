/** Who has an actor of its own: a watch, a service or a user. */
export type SubjectKind = 'device' | 'service' | 'user';

export const SUBJECT_KINDS: readonly SubjectKind[] = ['device', 'service', 'user'];

declare const subjectBrand: unique symbol;

/** `kind:id`, the id of 1 to 128 characters of `A-Z a-z 0-9 . _ @ : -`. Made by {@link subjectId}. */
export type SubjectId = string & { readonly [subjectBrand]: true };

/** How many partitions a site has; a subject never changes its partition. */
export const PARTITIONS = 64;

const ID = /^[A-Za-z0-9._@:-]{1,128}$/;

/** Whether `id` may follow the colon of a subject id. */
export function isSubjectName(id: string): boolean {
  return ID.test(id);
}

/** Builds a subject id. @throws RangeError when `id` has a character or length that is not allowed. */
export function subjectId(kind: SubjectKind, id: string): SubjectId {
  if (!ID.test(id)) {
    throw new RangeError(
      `Expected a subject id of 1 to 128 characters of A-Z a-z 0-9 . _ @ : -, got ${JSON.stringify(id.slice(0, 140))}.`,
    );
  }
  return `${kind}:${id}` as SubjectId;
}

/** Reads `kind:id`; `undefined` when it is not a subject id. */
export function parseSubjectId(text: string): SubjectId | undefined {
  const colon = text.indexOf(':');
  const kind = text.slice(0, colon);
  const known = SUBJECT_KINDS.some((each) => each === kind);
  return known && ID.test(text.slice(colon + 1)) ? (text as SubjectId) : undefined;
}

export function subjectKind(subject: SubjectId): SubjectKind {
  return subject.slice(0, subject.indexOf(':')) as SubjectKind;
}

/** The part after `kind:`. */
export function subjectName(subject: SubjectId): string {
  return subject.slice(subject.indexOf(':') + 1);
}

/**
 * Writes text as a NATS token or nact actor name: every character outside
 * `a-z 0-9 -` becomes `_` and two hex digits of its code, so that no two ids collide.
 */
export function toToken(text: string): string {
  return text.replace(
    /[^a-z0-9-]/g,
    (character) => `_${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

/** The partition of a subject: FNV-1a (32 bit) of its id modulo {@link PARTITIONS}. */
export function partitionOf(subject: SubjectId): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < subject.length; index += 1) {
    hash = Math.imul(hash ^ subject.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0) % PARTITIONS;
}
