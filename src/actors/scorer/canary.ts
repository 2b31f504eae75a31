import type { SubjectId } from '../../model/subject.ts';

/**
 * Whether a subject belongs to a model's canary: always the same subjects for
 * one name, more of them as the share grows. FNV-1a (32 bit) over name and subject.
 */
export function isCanary(model: string, subject: SubjectId, share: number): boolean {
  let hash = 0x811c9dc5;
  const text = `${model}/${subject}`;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  // The low bits of FNV are spread best once the high ones are folded in.
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32 < share;
}
