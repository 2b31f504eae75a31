/** Calls `step` at a steady rate for some seconds; catches up after a late timer, so that the load is open-loop. */
export function paced(
  options: { readonly perSecond: number; readonly seconds: number },
  step: (index: number) => void,
): Promise<void> {
  const start = performance.now();
  const total = Math.round(options.perSecond * options.seconds);
  let done = 0;
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const due = Math.min(
        total,
        Math.floor(((performance.now() - start) / 1000) * options.perSecond),
      );
      for (; done < due; done += 1) step(done);
      if (done < total) return;
      clearInterval(timer);
      resolve();
    }, 1);
  });
}
