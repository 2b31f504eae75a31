import type { SubjectId } from './subject.ts';

/** One template of a subject's messages. */
export interface TemplateInfo {
  readonly id: string;
  /** Words of the message with `<*>` for each value. */
  readonly template: string;
  /** Messages that it stands for. */
  readonly count: number;
  /** Its part of all messages of the subject, 0 to 1. */
  readonly share: number;
  /** −log10 of the share, 0 to 6. */
  readonly rarity: number;
}

/** What a subject says, as templates; see docs/templates.md. */
export interface SubjectTemplates {
  readonly subject: SubjectId;
  /** Messages so far, also those whose templates were forgotten. */
  readonly messages: number;
  /** Most frequent first. */
  readonly templates: readonly TemplateInfo[];
}
