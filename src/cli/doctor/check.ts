/** One row of `watchkeeper doctor`. */
export interface Check {
  readonly name: string;
  readonly state: 'ok' | 'warning' | 'failed';
  /** What was seen, with figures. */
  readonly evidence: string;
  /** What to do; '' when nothing is to be done. With `ok`: what would be better still. */
  readonly fix: string;
}

export function ok(name: string, evidence: string): Check {
  return { name, state: 'ok', evidence, fix: '' };
}

export function warning(name: string, evidence: string, fix: string): Check {
  return { name, state: 'warning', evidence, fix };
}

export function failed(name: string, evidence: string, fix: string): Check {
  return { name, state: 'failed', evidence, fix };
}
