import { isWatchkeeperError } from '../../core/errors.ts';
import { minerTools, openTemplateMiner, type MinerTools, type TemplateMiner } from './miner.ts';

/** Makes the miners of a site's sources. */
export interface TemplateMiners {
  /**
   * A miner that goes on from a snapshot, or knows nothing when there is none
   * or when another version wrote it.
   */
  open(kind: 'device' | 'service', snapshot: Uint8Array | undefined): TemplateMiner;
}

/** A watch says little, and there are many; a service may be many programs. */
const LIMITS = {
  device: { maxTemplates: 128, maxSiblings: 64, maxVariants: 8, repeatedLines: 32 },
  service: { maxTemplates: 2048, maxSiblings: 512, maxVariants: 32, repeatedLines: 256 },
} as const;

/** Miners of one kind share a scanner, which is most of the memory of an empty one. */
export function createTemplateMiners(): TemplateMiners {
  const tools: Readonly<Record<keyof typeof LIMITS, MinerTools>> = {
    device: minerTools(LIMITS.device),
    service: minerTools(LIMITS.service),
  };
  return {
    open(kind, snapshot) {
      try {
        return openTemplateMiner(tools[kind], snapshot);
      } catch (error) {
        if (!isWatchkeeperError(error, 'PAYLOAD_INVALID')) throw error;
        return openTemplateMiner(tools[kind]);
      }
    },
  };
}
