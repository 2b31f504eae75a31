/** What can train, best first. */
export const BACKENDS = ['tfjs-node-gpu', 'webgpu', 'tfjs-node', 'wasm', 'cpu'] as const;

export type BackendName = (typeof BACKENDS)[number];

/** Whether a backend runs native code: then it runs in a process of its own, so that its crash or hang stays there. */
export function isNative(name: BackendName): boolean {
  return name !== 'wasm' && name !== 'cpu';
}

/** Thrown by a loader: why this backend cannot be used here, and what would change that. */
export class BackendRefusal extends Error {
  override readonly name = 'BackendRefusal';
  /** '' when nothing is to be done. */
  readonly fix: string;

  constructor(reason: string, fix = '') {
    super(reason);
    this.fix = fix;
  }
}
