import type { Detection, Detector, StepInput } from '../../streams/detector.ts';
import type { ActorSystem, Directive, Failure } from '../kernel/actor-system.ts';
import type { ActorRef } from '../kernel/ref.ts';
import type { Breadcrumbs } from '../watchdog.ts';

/** One step asked of a detector: the subject's committed state goes in, the next comes back. */
export interface DetectorMessage {
  /** As configured now: the actor outlives a change of its options. */
  readonly detector: Detector;
  readonly state: unknown;
  readonly input: StepInput;
  readonly lsn: number;
  readonly resolve: (detection: Detection<unknown>) => void;
  readonly reject: (error: unknown) => void;
}

function stepOf(detector: Detector, { state, input }: DetectorMessage): Detection<unknown> {
  if (input.type === 'score') return detector.answer?.(state, input) ?? { state, findings: [] };
  if (input.type === 'findings') return detector.hear?.(state, input) ?? { state, findings: [] };
  return detector.detect(state, input);
}

export interface DetectorActorOptions {
  readonly system: ActorSystem;
  readonly parent: ActorRef<never>;
  readonly name: string;
  readonly breadcrumbs: Breadcrumbs;
  /** Real ms to wait before the restart that follows this failure. */
  readonly restartDelayMs: () => number;
}

/**
 * Runs one detector of one subject. It keeps no state of its own: each
 * message carries the committed state, so a restart begins from it. When a
 * step throws, the subject is told and this actor alone is restarted.
 */
export function spawnDetector(options: DetectorActorOptions): ActorRef<DetectorMessage> {
  const { system, parent, name, breadcrumbs } = options;
  return system.spawn<undefined, DetectorMessage>(
    { parent, name },
    (_, message) => {
      const { detector } = message;
      breadcrumbs.enter(detector.id, message.input, message.lsn);
      const detection = stepOf(detector, message);
      breadcrumbs.leave();
      message.resolve(detection);
      return undefined;
    },
    {
      kind: 'detector',
      initial: () => undefined,
      supervise: (failure: Failure<DetectorMessage>): Directive => {
        breadcrumbs.leave();
        failure.message.reject(failure.error);
        return { type: 'restart', delayMs: options.restartDelayMs(), isBudgeted: true };
      },
    },
  );
}
