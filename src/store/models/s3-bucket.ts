import type { Clock } from '../../core/clock.ts';
import { messageOf, WatchkeeperError } from '../../core/errors.ts';
import { signedHeaders, type S3Keys } from './sign-request.ts';

export interface S3BucketOptions {
  /** `https://host[:port]/bucket[/prefix]`: the bucket is the first part of the path. */
  readonly url: string;
  readonly keys: S3Keys;
  /** @default us-east-1 */
  readonly region?: string;
  readonly clock: Clock;
  /** @default the runtime's */
  readonly fetch?: typeof fetch;
}

/** An object as a listing has it. */
export interface ListedObject {
  /** Below the prefix. */
  readonly key: string;
  readonly bytes: number;
  /** Ms since the epoch. */
  readonly at: number;
}

/** Whole answer, body included. */
const ANSWER_MS = 60_000;
const MAX_LISTING_BYTES = 4 * 1024 * 1024;

/** Objects below a prefix of an S3 bucket, by path-style requests with keys of `[A-Za-z0-9._/-]`. */
export class S3Bucket {
  readonly #base: URL;
  readonly #bucket: string;
  readonly #prefix: string;
  readonly #options: S3BucketOptions;

  /** @throws CONFIG_INVALID */
  constructor(options: S3BucketOptions) {
    this.#options = options;
    const base = URL.canParse(options.url) ? new URL(options.url) : undefined;
    const [, bucket = '', ...rest] = base?.pathname.replace(/\/+$/, '').split('/') ?? [];
    const isHttp = base?.protocol === 'http:' || base?.protocol === 'https:';
    if (base === undefined || !isHttp || base.username !== '' || !/^[\w.-]+$/.test(bucket)) {
      throw badAddress();
    }
    if (!rest.every((part) => /^[\w.-]+$/.test(part))) throw badAddress();
    this.#base = new URL(base.origin);
    this.#bucket = bucket;
    this.#prefix = rest.map((part) => `${part}/`).join('');
  }

  /** `undefined` when there is none. @throws MODEL_INVALID when it is over `maxBytes` | STORE_FAILED */
  async get(key: string, maxBytes: number): Promise<Uint8Array | undefined> {
    const answer = await this.#ask('GET', this.#urlOf(key));
    if (answer.status === 404) return drained(answer, undefined);
    await requireOk(answer);
    return bodyOf(answer, maxBytes);
  }

  /** False when `onlyNew` and there is one already: nothing has changed then. @throws STORE_FAILED */
  async put(key: string, body: Uint8Array, onlyNew = false): Promise<boolean> {
    const headers: Record<string, string> = onlyNew ? { 'if-none-match': '*' } : {};
    const answer = await this.#ask('PUT', this.#urlOf(key), { headers, body });
    // 409: another is writing it at this moment.
    if (onlyNew && [409, 412].includes(answer.status)) return drained(answer, false);
    await requireOk(answer);
    return drained(answer, true);
  }

  /** @throws STORE_FAILED */
  async drop(key: string): Promise<void> {
    const answer = await this.#ask('DELETE', this.#urlOf(key));
    if (answer.status !== 404) await requireOk(answer);
    await drained(answer, undefined);
  }

  /** Every object whose key begins so. @throws STORE_FAILED */
  async list(start: string): Promise<readonly ListedObject[]> {
    const found: ListedObject[] = [];
    let token: string | undefined;
    do {
      const url = new URL(`/${this.#bucket}`, this.#base);
      url.searchParams.set('list-type', '2');
      url.searchParams.set('prefix', this.#prefix + start);
      if (token !== undefined) url.searchParams.set('continuation-token', token);
      const answer = await this.#ask('GET', url);
      await requireOk(answer);
      const page = Buffer.from(await bodyOf(answer, MAX_LISTING_BYTES)).toString('utf8');
      for (const [, content = ''] of page.matchAll(/<Contents>(.*?)<\/Contents>/gs)) {
        const key = tagOf(content, 'Key') ?? '';
        if (!key.startsWith(this.#prefix)) continue;
        const at = Date.parse(tagOf(content, 'LastModified') ?? '');
        const bytes = Number(tagOf(content, 'Size'));
        found.push({ key: key.slice(this.#prefix.length), bytes, at });
      }
      const isMore = tagOf(page, 'IsTruncated') === 'true';
      token = isMore ? tagOf(page, 'NextContinuationToken') : undefined;
    } while (token !== undefined);
    return found;
  }

  #urlOf(key: string): URL {
    return new URL(`/${this.#bucket}/${this.#prefix}${key}`, this.#base);
  }

  async #ask(
    method: string,
    url: URL,
    { headers = {}, body }: { headers?: Readonly<Record<string, string>>; body?: Uint8Array } = {},
  ): Promise<Response> {
    const { keys, region = 'us-east-1', clock, fetch: ask = fetch } = this.#options;
    const request = { method, url, headers, ...(body === undefined ? {} : { body }) };
    try {
      return await ask(url, {
        method,
        headers: signedHeaders(request, { keys, region, at: clock.wall() }),
        ...(body === undefined ? {} : { body: Buffer.from(body) }),
        redirect: 'error',
        signal: AbortSignal.timeout(ANSWER_MS),
      });
    } catch (cause) {
      throw failed(messageOf(cause), 'See that it runs and that its address is right.');
    }
  }
}

async function requireOk(answer: Response): Promise<void> {
  if (answer.ok) return;
  const text = Buffer.from(await bodyOf(answer, 64 * 1024)).toString('utf8');
  const code = (tagOf(text, 'Code') ?? '').replace(/\W/g, '').slice(0, 64);
  throw failed(
    `it answered ${answer.status} ${code}`.trim(),
    answer.status === 403
      ? 'Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION and what these keys may do.'
      : 'See that the bucket is there and that its address is right.',
  );
}

/** @throws MODEL_INVALID beyond `maxBytes`, before more than that is held */
async function bodyOf(answer: Response, maxBytes: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const part of answer.body ?? []) {
      length += part.length;
      if (length > maxBytes) break;
      parts.push(part);
    }
  } catch (cause) {
    throw failed(messageOf(cause), 'Try again.');
  }
  if (length <= maxBytes) return new Uint8Array(Buffer.concat(parts));
  throw new WatchkeeperError('MODEL_INVALID', `An object in S3 is over ${maxBytes} bytes.`, {
    fix: 'Put the artefact again, or remove what does not belong there.',
  });
}

/** So that its connection can be used again. */
async function drained<Value>(answer: Response, value: Value): Promise<Value> {
  await answer.body?.cancel();
  return value;
}

function tagOf(text: string, name: string): string | undefined {
  const [, value] = new RegExp(`<${name}>([^<]*)</${name}>`).exec(text) ?? [];
  return value?.replace(/&(amp|lt|gt|quot|#39);/g, (_, one: string) => ENTITIES[one] ?? '');
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  '#39': "'",
};

function failed(why: string, fix: string): WatchkeeperError {
  return new WatchkeeperError('STORE_FAILED', `The models in S3 cannot be used: ${why}.`, { fix });
}

function badAddress(): WatchkeeperError {
  return new WatchkeeperError('CONFIG_INVALID', 'The address of the models in S3 is none.', {
    fix: 'Give WATCHKEEPER_S3_URL as https://host/bucket or https://host/bucket/prefix.',
  });
}
