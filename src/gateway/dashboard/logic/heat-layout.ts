/** Where the cells of the heat map are. */
export interface HeatLayout {
  /** Pixels from one cell to the next. */
  readonly pitch: number;
  readonly columns: number;
  readonly rows: number;
  /** Pixels. */
  readonly height: number;
}

/** Largest cells, from 18 down to 5 px, with which `count` cells fit into `width` × `maxHeight`. */
export function heatLayout(count: number, width: number, maxHeight: number): HeatLayout {
  for (let pitch = 18; pitch > 5; pitch -= 1) {
    const layout = layoutAt(pitch, count, width);
    if (layout.height <= maxHeight) return layout;
  }
  return layoutAt(5, count, width);
}

/** Index of the cell under a point, or undefined. */
export function cellAt(layout: HeatLayout, x: number, y: number): number | undefined {
  const column = Math.floor(x / layout.pitch);
  const row = Math.floor(y / layout.pitch);
  const inside = column >= 0 && row >= 0 && column < layout.columns && row < layout.rows;
  return inside ? row * layout.columns + column : undefined;
}

function layoutAt(pitch: number, count: number, width: number): HeatLayout {
  const columns = Math.max(1, Math.floor(width / pitch));
  const rows = Math.ceil(count / columns);
  return { pitch, columns, rows, height: rows * pitch };
}
