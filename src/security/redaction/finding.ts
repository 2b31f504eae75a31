/** What a replacement stands for. */
export type RedactionKind = 'secret' | 'card' | 'email' | 'phone' | 'national_id' | 'ip';

export const REDACTION_KINDS: readonly RedactionKind[] = [
  'secret',
  'card',
  'email',
  'phone',
  'national_id',
  'ip',
];

/** Something to replace: [start, end) in UTF-16 units of the text. */
export interface Finding {
  readonly kind: RedactionKind;
  readonly start: number;
  readonly end: number;
}

/** A finding being made. One is shared by all that look, so that looking allocates nothing. */
export class Hit implements Finding {
  kind: RedactionKind = 'secret';
  start = 0;
  end = 0;

  /** Always true, so that a matcher can end with it. */
  set(kind: RedactionKind, start: number, end: number): true {
    this.kind = kind;
    this.start = start;
    this.end = end;
    return true;
  }
}
