import { buildRecord } from '../fields/build-record.ts';
import { levelOfStatus } from '../fields/severity.ts';
import type { LineContext, LineParser, ParsedLine } from '../line-parser.ts';
import { httpTime } from '../line-time.ts';

/** `host ident user [time] "request" status bytes`, with a virtual host in front where it is logged. */
const COMMON =
  /^(?:([\w.-]{1,255}:\d{1,5}) )?([0-9A-Za-z.:_%-]{1,255}) (\S{1,255}) (\S{1,255}|"[^"]{0,255}") \[(\d{2}\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})\] "((?:[^"\\]|\\.)*)" (\d{3}|-) (\d{1,15}|-)/;
/** `"referrer" "user agent"`, the two fields that combined adds. */
const COMBINED = /^ "((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)"/;
const REQUEST = /^([A-Z]{1,32}) (\S+)(?: (HTTP\/\d(?:\.\d)?))?$/;

/** How the number behind the line counts, in ms. */
type TailUnit = (digits: string) => number | undefined;

/** Apache's `%D` is whole microseconds, `%T` seconds. */
const apacheTail: TailUnit = (digits) => Number(digits) * (digits.includes('.') ? 1000 : 1e-3);
/** nginx's `$request_time` is seconds with milliseconds. */
const nginxTail: TailUnit = (digits) => (digits.includes('.') ? Number(digits) * 1000 : undefined);

export const apacheAccess = accessLog('apache-access', 'Apache', apacheTail);
export const nginxAccess = accessLog('nginx', 'nginx', nginxTail);

/**
 * Common and combined log format. The status gives the level and, from 400 on,
 * the error code; a number behind the line is the duration. `route` is the
 * path without query and with numbers and ids as `:id`.
 */
function accessLog(id: string, server: string, tail: TailUnit): LineParser {
  const service = server.toLowerCase();
  return {
    id,
    about: `access log of ${server}, common or combined, with a duration behind it or not`,
    service,
    parse: (line, context) => {
      const common = COMMON.exec(line);
      if (common === null) return undefined;
      const timestamp = httpTime(common[5] ?? '', context);
      if (timestamp === undefined) return undefined;
      const rest = line.slice(common[0].length);
      const combined = COMBINED.exec(rest);
      const end = rest.slice(combined?.[0].length ?? 0);
      if (end !== '' && !end.startsWith(' ')) return undefined;
      return recordOf({ common, combined, timestamp, ...readTail(end, tail) }, context, service);
    },
  };
}

interface Parts {
  readonly common: RegExpExecArray;
  readonly combined: RegExpExecArray | null;
  readonly timestamp: number;
  readonly durationMs?: number | undefined;
  readonly more?: string;
}

function recordOf(parts: Parts, context: LineContext, service: string): ParsedLine {
  const { common, combined, timestamp, durationMs, more } = parts;
  const [, host, client, , userText, , request = '', statusText, bytes] = common;
  const status = statusText === '-' ? undefined : Number(statusText);
  const attributes: Record<string, unknown> = { client_ip: client };
  if (host !== undefined) attributes['host'] = host;
  if (status !== undefined) attributes['status'] = status;
  if (bytes !== '-') attributes['bytes'] = Number(bytes);
  addRequest(attributes, request);
  if (given(combined?.[1])) attributes['referrer'] = combined?.[1];
  if (given(combined?.[2])) attributes['user_agent'] = combined?.[2];
  if (more !== undefined) attributes['more'] = more;
  const user = userText?.replace(/^"|"$/g, '');
  return buildRecord(
    {
      timestamp,
      severity: { level: levelOfStatus(status ?? 0) },
      message: `${request} ${statusText ?? '-'} ${bytes ?? '-'}`,
      userId: given(user) ? user : undefined,
      errorCode: status !== undefined && status >= 400 ? `HTTP_${status}` : undefined,
      durationMs,
      attributes,
    },
    context,
    service,
  );
}

function given(text: string | undefined): boolean {
  return text !== undefined && text !== '-' && text !== '';
}

function addRequest(attributes: Record<string, unknown>, request: string): void {
  const [, method, target, protocol] = REQUEST.exec(request) ?? [];
  if (method === undefined || target === undefined) return;
  const query = target.indexOf('?');
  const path = query < 0 ? target : target.slice(0, query);
  attributes['method'] = method;
  attributes['path'] = path;
  attributes['route'] = routeOf(path);
  if (query >= 0) attributes['query'] = target.slice(query + 1);
  if (protocol !== undefined) attributes['protocol'] = protocol;
}

const ID_PART = /^(?:\d+|[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-fA-F]{16,64})$/;
const MAX_ROUTE = 256;

/** A path with what looks like an id as `:id`, so that requests of one kind have one route. */
export function routeOf(path: string): string {
  if (!/\d/.test(path)) return path.slice(0, MAX_ROUTE);
  const short = path.slice(0, MAX_ROUTE).split('/');
  return short.map((part) => (ID_PART.test(part) ? ':id' : part)).join('/');
}

const NUMBER = /^ "?(\d{1,15}(?:\.\d{1,9})?)"?(?= |$)/;
const NAMED = /(?:^| )(?:rt|request_time)="?(\d{1,9}(?:\.\d{1,9})?)"?/;

/** What stands behind the format's own fields: a duration, other fields. */
function readTail(end: string, unit: TailUnit): { durationMs?: number | undefined; more?: string } {
  if (end === '') return {};
  const number = NUMBER.exec(end);
  const own = number === null ? undefined : unit(number[1] ?? '');
  const named = own === undefined ? NAMED.exec(end.slice(0, 1024))?.[1] : undefined;
  const durationMs = own ?? (named === undefined ? undefined : Number(named) * 1000);
  const rest = own === undefined ? end : end.slice(number?.[0].length ?? 0);
  const more = rest.trim();
  const rounded = durationMs === undefined ? undefined : Math.round(durationMs * 1e6) / 1e6;
  return { durationMs: rounded, ...(more === '' ? {} : { more }) };
}
