import { gzipSync } from 'node:zlib';

/** Below this a file costs more in headers and time than it saves. */
const LEAST_BYTES = 1024;

/** Compressed forms of files that do not change, each made once, when it is first asked for. */
export class PackedFiles {
  readonly #packed = new WeakMap<Buffer, Buffer>();

  /** The file compressed, when its reader takes gzip and it is worth it. */
  gzip(body: Buffer, acceptEncoding: string | undefined): Buffer | undefined {
    if (body.length < LEAST_BYTES || !takesGzip(acceptEncoding)) return undefined;
    const known = this.#packed.get(body);
    if (known !== undefined) return known;
    const packed = gzipSync(body, { level: 9 });
    this.#packed.set(body, packed);
    return packed;
  }
}

/** RFC 9110, section 12.5.3: gzip is named, and not with a weight of 0. */
function takesGzip(acceptEncoding = ''): boolean {
  return acceptEncoding
    .split(',')
    .some((coding) => /^\s*gzip\s*(?:;\s*q=(?!0(?:\.0*)?\s*$)[0-9.]+\s*)?$/i.test(coding));
}
