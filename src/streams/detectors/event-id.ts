/**
 * The event that models of sessions know a template by: FNV-1a (32 bit) of its
 * id. The same in the stream, in training and in a replay.
 */
export function eventOf(templateId: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < templateId.length; index += 1) {
    hash = Math.imul(hash ^ templateId.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}
