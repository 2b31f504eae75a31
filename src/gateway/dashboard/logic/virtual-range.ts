/** The part of a long list that is worth having in the document. */
export interface VirtualRange {
  /** First index to render. */
  readonly start: number;
  /** After the last index to render. */
  readonly end: number;
  /** Pixels above the first rendered row. */
  readonly offset: number;
  /** Pixels of the whole list. */
  readonly height: number;
}

export interface VirtualInput {
  readonly count: number;
  readonly rowHeight: number;
  readonly scrollTop: number;
  readonly viewport: number;
  /** Rows kept beyond each edge. @default 6 */
  readonly overscan?: number;
}

/** Which rows of equal height a scrolled box shows. */
export function virtualRange({
  count,
  rowHeight,
  scrollTop,
  viewport,
  overscan = 6,
}: VirtualInput): VirtualRange {
  const limit = Math.max(0, count * rowHeight - viewport);
  const top = Math.min(Math.max(0, scrollTop), limit);
  const start = Math.max(0, Math.floor(top / rowHeight) - overscan);
  const end = Math.min(count, Math.ceil((top + viewport) / rowHeight) + overscan);
  return { start, end, offset: start * rowHeight, height: count * rowHeight };
}

/** The least scroll that brings row `index` wholly into view. */
export function scrollToRow(input: VirtualInput, index: number): number {
  const top = index * input.rowHeight;
  if (top < input.scrollTop) return top;
  const bottom = top + input.rowHeight;
  return bottom > input.scrollTop + input.viewport ? bottom - input.viewport : input.scrollTop;
}
