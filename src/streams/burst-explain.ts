import { durationText } from '../core/duration.ts';
import type { BurstState } from './burst-state.ts';
import type { ExplainContext, Explanation } from './detector.ts';
import { clockText, countText } from './explain-text.ts';
import { WindowSlide } from './operators/sliding-window.ts';
import { fallsTo } from './operators/window.ts';
import type { WindowConfig } from './operators/window.ts';

/** What of a burst detector's configuration its explanation is about. */
interface Explained extends WindowConfig {
  readonly clearAt: number;
  readonly noun: string;
}

/**
 * Says how full the window is that ends now (or with the newest record, when
 * a sender's clock is ahead): exactly `missing` records more at that moment,
 * and not one fewer, open it.
 */
export function explainBurst(
  config: Explained,
  { isOpen, window }: BurstState,
  { now, shiftMs }: ExplainContext,
): Explanation {
  const { lengthMs, latenessMs, clearAt, need, noun } = config;
  const slide = new WindowSlide(config);
  slide.load(window);
  // A record at or before the floor is too late to count.
  const end = Math.max(now, window.newest, window.floor + 1);
  const value = slide.count(end);
  const figures = { value, threshold: need, unit: noun };
  const counted = `${countText(value)} of ${countText(need)} ${noun} in the last ${durationText(lengthMs)}`;
  if (!isOpen) {
    const missing = need - value;
    const text = `${counted}; ${countText(missing)} more within the window would fire`;
    return { state: 'quiet', text, ...figures, missing };
  }
  const dueAt = fallsTo(window, clearAt, lengthMs) + latenessMs + shiftMs;
  const text = `firing: ${counted}; resolves at ${clockText(dueAt)} if no more come (at ${countText(clearAt)} or fewer)`;
  return { state: 'open', text, ...figures, dueAt };
}
