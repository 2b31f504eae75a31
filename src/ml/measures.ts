/**
 * Area under the ROC curve: how likely an outlier scores above a normal
 * sample, ties counting half (Hanley and McNeil, 1982). NaN without both kinds.
 */
export function rocAuc(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  const order = descending(scores);
  let positives = 0;
  let negatives = 0;
  let area = 0;
  for (let start = 0; start < order.length;) {
    let end = start;
    let tiedPositives = 0;
    while (end < order.length && scores[order[end] as number] === scores[order[start] as number]) {
      if ((labels[order[end] as number] as number) > 0) tiedPositives += 1;
      end += 1;
    }
    const tiedNegatives = end - start - tiedPositives;
    area += tiedNegatives * (positives + tiedPositives / 2);
    positives += tiedPositives;
    negatives += tiedNegatives;
    start = end;
  }
  return area / (positives * negatives);
}

/**
 * Average precision: the mean over the steps of recall of the precision there,
 * ties taken together; no interpolation, no point adjustment. NaN without positives.
 */
export function averagePrecision(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  const order = descending(scores);
  let hits = 0;
  let sum = 0;
  for (let start = 0; start < order.length;) {
    let end = start;
    let tied = 0;
    while (end < order.length && scores[order[end] as number] === scores[order[start] as number]) {
      if ((labels[order[end] as number] as number) > 0) tied += 1;
      end += 1;
    }
    hits += tied;
    sum += tied * (hits / end);
    start = end;
  }
  return sum / hits;
}

/** F1 of what scores at or above `threshold`. */
export function f1At(
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
  threshold: number,
): number {
  let hits = 0;
  let alarms = 0;
  let positives = 0;
  for (let index = 0; index < scores.length; index += 1) {
    const isPositive = (labels[index] as number) > 0;
    const isAlarm = (scores[index] as number) >= threshold;
    if (isPositive) positives += 1;
    if (isAlarm) alarms += 1;
    if (isPositive && isAlarm) hits += 1;
  }
  return (2 * hits) / (alarms + positives);
}

function descending(scores: ArrayLike<number>): Uint32Array {
  const order = Uint32Array.from({ length: scores.length }, (_, index) => index);
  return order.sort((one, other) => (scores[other] as number) - (scores[one] as number));
}
