import * as http from 'node:http';
import * as https from 'node:https';
import type { Exchange, PostAnswer } from './ports.ts';

/** For sites with an authority of their own, and for those that ask watches for a certificate. PEM texts. */
export interface TlsTrust {
  /** Certificate of the site's authority; without it those that Node knows are trusted. */
  readonly ca?: string;
  /** The watch's own certificate and its key. */
  readonly cert?: string;
  readonly key?: string;
}

const FRAMES = 'application/octet-stream';
/** The most that an answer to a watch has. */
const MAX_ANSWER = 1024 * 1024;

/** One POST after the other over HTTP or HTTPS; gives up after 30 s. */
export function postExchange(url: string, tls: TlsTrust = {}): Exchange {
  const request = new URL(url).protocol === 'https:' ? https.request : http.request;
  return async (body) => {
    const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
      const headers = { 'content-type': FRAMES, 'content-length': body.length };
      const signal = AbortSignal.timeout(30_000);
      const sending = request(url, { ...tls, method: 'POST', headers, signal }, resolve);
      sending.on('error', reject);
      sending.end(body);
    });
    return readAnswer(response);
  };
}

async function readAnswer(response: http.IncomingMessage): Promise<PostAnswer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MAX_ANSWER) throw new Error('The answer is too large.');
  }
  const { 'content-type': type = '', 'retry-after': retryAfter } = response.headers;
  const seconds = Number(retryAfter ?? Number.NaN);
  return {
    status: response.statusCode ?? 0,
    // Refusals of the HTTP server itself are text for people.
    body: type.startsWith(FRAMES) ? new Uint8Array(Buffer.concat(chunks)) : new Uint8Array(0),
    ...(Number.isFinite(seconds) ? { retryAfterMs: seconds * 1_000 } : {}),
  };
}
