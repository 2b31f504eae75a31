/** What the supervision tree tells observers (the dashboard's feed). A union by `type`. */
export type ActorEvent =
  | { readonly type: 'spawned'; readonly path: string; readonly kind: string }
  | { readonly type: 'stopped'; readonly path: string; readonly reason: string }
  | {
      readonly type: 'crashed';
      readonly path: string;
      readonly error: string;
      readonly directive: 'restart' | 'stop' | 'escalate' | 'resume';
    }
  | { readonly type: 'restarted'; readonly path: string; readonly restarts: number }
  | { readonly type: 'quarantined'; readonly path: string; readonly reason: string }
  | { readonly type: 'dead-letter'; readonly path: string; readonly reason: string };

/** One row of the actor tree. */
export interface ActorInfo {
  readonly path: string;
  readonly name: string;
  readonly kind: string;
  readonly parent: string | undefined;
  readonly mailbox: number;
  readonly processed: number;
  readonly failures: number;
  readonly restarts: number;
  readonly state: 'idle' | 'busy' | 'restarting' | 'quarantined' | 'passive';
  /** Wall-clock ms of the last message, 0 when none came. */
  readonly lastMessageAt: number;
}
