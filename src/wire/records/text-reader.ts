/**
 * Reads texts of one payload. ASCII ones are slices of the whole payload as
 * Latin-1, which costs a fraction of decoding each; a slice keeps the payload
 * in memory, so what outlives the turn must be detached from it.
 */
export class TextReader {
  #bytes: Buffer = Buffer.alloc(0);
  #view: DataView = new DataView(new ArrayBuffer(0));
  #latin = '';

  load(bytes: Buffer, view: DataView): void {
    this.#bytes = bytes;
    this.#view = view;
    this.#latin = bytes.toString('latin1');
  }

  read(from: number, length: number): string {
    return this.#isAscii(from, length)
      ? this.#latin.slice(from, from + length)
      : this.#bytes.toString('utf8', from, from + length);
  }

  #isAscii(from: number, length: number): boolean {
    const end = from + length;
    let at = from;
    for (; at + 4 <= end; at += 4) {
      if ((this.#view.getInt32(at) & 0x80808080) !== 0) return false;
    }
    for (; at < end; at += 1) if (this.#view.getInt8(at) < 0) return false;
    return true;
  }
}
