import { Packr } from 'msgpackr';
import type { FeedMessage, FeedPage, FeedRequest } from '../../model/feed.ts';

/**
 * The bytes of `/ui/ws`: one msgpack map per binary message, in both
 * directions. Typed arrays travel as msgpack extension 0x74 (one byte that
 * names the element type, then the elements, little-endian) and arrive as
 * typed arrays; `undefined` as extension 0. For the server and browsers alike.
 */
export function encodeFeed(message: FeedMessage | FeedRequest): Uint8Array {
  return codec.pack(message);
}

/** Reads what the server sent. @throws Error on bytes that are not msgpack; its text may quote them: do not log it. */
export function decodeFeed(bytes: Uint8Array): FeedMessage {
  return codec.unpack(bytes) as FeedMessage;
}

/** Reads and checks what a browser sent; `undefined` when it is not a request. Never throws. */
export function decodeFeedRequest(bytes: Uint8Array): FeedRequest | undefined {
  let value: unknown;
  try {
    value = codec.unpack(bytes);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const fields = value as Readonly<Record<string, unknown>>;
  if (fields['type'] === 'hello') return readHello(fields);
  if (fields['type'] === 'sub') return readSubscription(fields);
  return undefined;
}

// `useRecords: false` keeps every message readable by itself, by any msgpack library.
const codec = new Packr({ useRecords: false, mapsAsObjects: true, moreTypes: true });

const PAGES: readonly FeedPage[] = ['overview', 'actors', 'subject', 'none'];

type Fields = Readonly<Record<string, unknown>>;

function readHello({ proto, token }: Fields): FeedRequest | undefined {
  if (proto !== 1 || typeof token !== 'string' || token.length > 200) return undefined;
  return { type: 'hello', proto, token };
}

function readSubscription(fields: Fields): FeedRequest | undefined {
  const { subject, path, hz } = fields;
  const page = PAGES.find((each) => each === fields['page']);
  if (page === undefined || !isText(subject) || !isText(path) || !isRate(hz)) return undefined;
  return {
    type: 'sub',
    page,
    ...(subject === undefined ? {} : { subject }),
    ...(path === undefined ? {} : { path }),
    ...(hz === undefined ? {} : { hz }),
  };
}

function isText(value: unknown): value is string | undefined {
  return value === undefined || (typeof value === 'string' && value.length <= 1024);
}

function isRate(value: unknown): value is number | undefined {
  return value === undefined || (typeof value === 'number' && value >= 0);
}
