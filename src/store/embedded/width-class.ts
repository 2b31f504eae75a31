/** Where the table `times` holds blocks whose event times span about so much. */
interface WidthClass {
  /** The widest span of its blocks, in ms. */
  readonly upTo: number;
  /** First part of its keys by least event time, and by greatest. */
  readonly least: string;
  readonly greatest: string;
}

/**
 * A walk must begin before its range by the span of the widest block. Blocks
 * are therefore held apart by their span: one that covers years, as imported
 * records may, makes only the walk of the few such blocks a long one.
 */
export const WIDTH_CLASSES: readonly WidthClass[] = [
  { upTo: 3_600_000, least: '<', greatest: '>' },
  { upTo: 8 * 86_400_000, least: '(', greatest: ')' },
  { upTo: Infinity, least: '{', greatest: '}' },
];

/** The index of the class that a span belongs to. */
export function widthClassOf(spanMs: number): number {
  return WIDTH_CLASSES.findIndex(({ upTo }) => spanMs <= upTo);
}
