/** What alarming from a threshold on would have meant. */
export interface Alerts {
  /** Labelled incidents with at least one alarm, as a share. */
  readonly eventRecall: number;
  /** Runs of alarms that touch no incident, per day. */
  readonly falsePerDay: number;
}

export interface AlertOptions {
  readonly threshold: number;
  readonly rowsPerDay: number;
}

/** Counts incidents and runs of alarms as people would see them; no point adjustment. */
export function alertsAt(
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
  { threshold, rowsPerDay }: AlertOptions,
): Alerts {
  const isAlarm = Uint8Array.from(scores, (score) => (score >= threshold ? 1 : 0));
  const incidents = runs(labels);
  const found = incidents.filter(([start, end]) => isAlarm.subarray(start, end).includes(1));
  const wrong = runs(isAlarm).filter(([start, end]) => {
    for (let row = start; row < end; row += 1) if ((labels[row] as number) > 0) return false;
    return true;
  });
  return {
    eventRecall: found.length / incidents.length,
    falsePerDay: (wrong.length * rowsPerDay) / scores.length,
  };
}

/** Stretches above 0, as [start, end). */
function runs(values: ArrayLike<number>): (readonly [number, number])[] {
  const all: [number, number][] = [];
  let start = -1;
  for (let row = 0; row <= values.length; row += 1) {
    const isIn = row < values.length && (values[row] as number) > 0;
    if (isIn && start < 0) start = row;
    if (!isIn && start >= 0) {
      all.push([start, row]);
      start = -1;
    }
  }
  return all;
}
