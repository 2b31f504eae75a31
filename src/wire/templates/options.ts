import type { Evidence } from './siblings.ts';

/** Bounds and evidence of a miner; one set serves all sources. */
export interface TemplateLimits {
  /** Templates held; the one that was longest without a line gives way. @default 2048 */
  readonly maxTemplates: number;
  /** Templates with marks and blanks in the same places. @default 512 */
  readonly maxSiblings: number;
  /** Different lines, but for their values, that one template remembers. @default 32 */
  readonly maxVariants: number;
  /** Elements of a line; the rest becomes one value. @default 256 */
  readonly maxTokens: number;
  /** Characters of a line that are read; the rest becomes one value. @default 4096 */
  readonly maxLineLength: number;
  /** Lines that are known again at a glance, a power of two. @default 256 */
  readonly repeatedLines: number;
  readonly evidence: Evidence;
}

export interface TemplateOptions extends Partial<Omit<TemplateLimits, 'evidence'>> {
  readonly evidence?: Partial<Evidence>;
}

const EVIDENCE: Evidence = {
  words: 5,
  wordsAlone: 10,
  names: 3,
  led: 3,
  fields: 4,
  capitals: 8,
  opening: 8,
  openingAlone: 12,
  openingContext: 3,
};

/** Fills in what is not given. */
export function templateOptions({ evidence, ...limits }: TemplateOptions): TemplateLimits {
  return {
    maxTemplates: 2048,
    maxSiblings: 512,
    maxVariants: 32,
    maxTokens: 256,
    maxLineLength: 4096,
    repeatedLines: 256,
    ...limits,
    evidence: { ...EVIDENCE, ...evidence },
  };
}
