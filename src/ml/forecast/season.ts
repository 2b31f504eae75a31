/** A repeating profile over a day or a week: so many knots, straight lines between them. */
export interface Season {
  readonly periodMs: number;
  readonly knots: Float64Array;
}

export const DAY_MS = 86_400_000;
export const DAY_KNOTS = 96;
export const WEEK_KNOTS = 168;

/** A profile over so many days, flat; without knots it may not be asked. */
export function flatSeason(days: number, knots: number): Season {
  return { periodMs: days * DAY_MS, knots: new Float64Array(knots) };
}

/** The profile at a time. */
export function seasonAt({ periodMs, knots }: Season, timestamp: number): number {
  const place = placeOf(timestamp, periodMs, knots.length);
  const low = Math.floor(place);
  const share = place - low;
  const one = knots[low % knots.length] as number;
  const other = knots[(low + 1) % knots.length] as number;
  return one + share * (other - one);
}

/** Moves the profile at a time by `change`, the nearer knot more. */
export function moveSeason(season: Season, timestamp: number, change: number): void {
  const { periodMs, knots } = season;
  const place = placeOf(timestamp, periodMs, knots.length);
  const low = Math.floor(place);
  const share = place - low;
  const one = low % knots.length;
  const other = (low + 1) % knots.length;
  // So that the value between them moves by all of it.
  const scale = change / ((1 - share) ** 2 + share ** 2);
  knots[one] = (knots[one] as number) + (1 - share) * scale;
  knots[other] = (knots[other] as number) + share * scale;
}

function placeOf(timestamp: number, periodMs: number, knots: number): number {
  const within = ((timestamp % periodMs) + periodMs) % periodMs;
  return (within / periodMs) * knots;
}
