import type { InputType } from './input-config.ts';
import type { InputCounts } from './input-counts.ts';

/** An input as it runs. */
export interface InputInfo extends InputCounts {
  readonly name: string;
  readonly type: InputType | 'kafka';
  readonly transport: 'tcp' | 'tls' | 'udp';
  /** Where it listens, or the first broker. */
  readonly host: string;
  /** The real one. */
  readonly port: number;
  /** Records that came and were lost, because their sender could not be held back. */
  readonly dropped: number;
  /** Messages that wait at the broker. */
  readonly lag?: number;
  /** Why nothing is read from the broker now. */
  readonly problem?: string;
}
