import cliProgress from 'cli-progress';
import type { CliContext } from './context.ts';

export interface Progress {
  update(done: number, total: number, note?: string): void;
  stop(): void;
}

/** A bar on stderr for people at a terminal; nothing for programs. */
export function progressBar(context: CliContext, unit: string, isQuiet: boolean): Progress {
  if (isQuiet || context.err !== process.stderr || process.stderr.isTTY !== true) {
    return { update: () => undefined, stop: () => undefined };
  }
  const bar = new cliProgress.SingleBar(
    {
      format: `{bar} {percentage}%  {value}/{total} ${unit}  {eta_formatted} left{note}`,
      stream: process.stderr,
      hideCursor: true,
    },
    cliProgress.Presets.shades_classic,
  );
  let isStarted = false;
  return {
    update(done, total, note = '') {
      if (!isStarted) bar.start(total, done, { note });
      else bar.update(done, { note });
      isStarted = true;
    },
    stop() {
      if (isStarted) bar.stop();
    },
  };
}
