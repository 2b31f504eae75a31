import type { LogRecord } from '../../model/record.ts';
import { subjectKind, type SubjectId } from '../../model/subject.ts';
import type { TemplateMiner, TemplateMiners } from '../ports.ts';

/** A book as it was when it was cut. */
export interface TemplateCut {
  /** Writes it, unless that was done already; the bytes stay with the cut. */
  bytes(): Uint8Array;
}

/**
 * The templates of one subject's messages. It changes in place, because a
 * copy for each message would cost more than finding its template, and it
 * copies on write instead: a cut costs nothing when it is taken, and is
 * written by its reader, or by the book before it learns on.
 */
export class TemplateBook {
  readonly #open: (bytes: Uint8Array | undefined) => TemplateMiner;
  /** What it was restored from, until somebody looks into it. */
  #stored: Uint8Array | undefined;
  #miner: TemplateMiner | undefined;
  #cut: Cut | undefined;

  private constructor(miners: TemplateMiners, subject: SubjectId, stored: Uint8Array | undefined) {
    const kind = subjectKind(subject) === 'device' ? 'device' : 'service';
    this.#open = (bytes) => miners.open(kind, bytes);
    this.#stored = stored;
  }

  /** An empty book for a watch or a service. */
  static create(miners: TemplateMiners, subject: SubjectId): TemplateBook {
    return new TemplateBook(miners, subject, undefined);
  }

  /** A book that goes on from the bytes of a cut, which must not change any more. */
  static restore(miners: TemplateMiners, subject: SubjectId, bytes: Uint8Array): TemplateBook {
    return new TemplateBook(miners, subject, bytes);
  }

  /**
   * Learns from the messages of records and puts onto each what it found.
   * Returns the template's id of each record, '' for one without a message;
   * `undefined` when none has one.
   */
  learn(records: readonly LogRecord[]): readonly string[] | undefined {
    let ids: string[] | undefined;
    for (let index = 0; index < records.length; index += 1) {
      const record = records[index] as Mined;
      if (record.message === '') continue;
      const { id, isNew, rarity } = this.#writable().tally(record.message);
      record.templateId = id;
      record.isNewTemplate = isNew;
      record.templateRarity = rarity;
      ids ??= new Array<string>(records.length).fill('');
      ids[index] = id;
    }
    return ids;
  }

  /** For looking only. */
  get reader(): Pick<TemplateMiner, 'match' | 'resolve' | 'templates' | 'counters'> {
    return this.#opened();
  }

  /** What it holds now, for as long as the cut is kept. */
  cut(): TemplateCut {
    this.#cut ??= new Cut(() => {
      this.#cut = undefined;
      return this.#stored ?? this.#opened().snapshot();
    });
    return this.#cut;
  }

  #writable(): TemplateMiner {
    this.#cut?.bytes();
    const miner = this.#opened();
    this.#stored = undefined;
    return miner;
  }

  #opened(): TemplateMiner {
    this.#miner ??= this.#open(this.#stored);
    return this.#miner;
  }
}

/** Whether some record has a message that a book could learn from. */
export function haveMessages(records: readonly LogRecord[]): boolean {
  return records.some(({ message }) => message !== '');
}

type Mined = {
  -readonly [Key in keyof LogRecord]: LogRecord[Key];
};

class Cut implements TemplateCut {
  #write: (() => Uint8Array) | undefined;
  #bytes: Uint8Array = new Uint8Array();

  constructor(write: () => Uint8Array) {
    this.#write = write;
  }

  bytes(): Uint8Array {
    if (this.#write !== undefined) {
      this.#bytes = this.#write();
      this.#write = undefined;
    }
    return this.#bytes;
  }
}
