/** The value below which the share `p` (0..1) of the samples lies; 0 of none. */
export function quantile(samples: readonly number[], p: number): number {
  const sorted = Float64Array.from(samples).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))] ?? 0;
}

export function median(samples: readonly number[]): number {
  return quantile(samples, 0.5);
}

/** Rounded to three significant digits. */
export function round(value: number): number {
  return Number(value.toPrecision(3));
}
