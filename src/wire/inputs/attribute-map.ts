/** Attributes under construction. Keys come from outside. */
export type AttributeMap = Record<string, unknown>;

/** Sets a key as an own property, `__proto__` too: the record's check then finds and refuses it. */
export { setOwn as setKey } from '../records/set-own.ts';

/** Adds a value under a name of ours; one that the sender uses already stays, and ours gets a number. */
export function keep(map: AttributeMap, name: string, value: unknown): void {
  let free = name;
  for (let number = 2; Object.hasOwn(map, free); number += 1) free = `${name}_${number}`;
  map[free] = value;
}

/** Whether a value is a map as JSON has them. */
export function isMap(value: unknown): value is AttributeMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
