import type { TimeReference } from '../line-time.ts';
import { anyTime } from '../line-time.ts';
import { durationOf } from './duration-text.ts';
import type { FieldRole } from './field-roles.ts';
import { severityOfNumber, severityOfWord, type NumberScale, type Severity } from './severity.ts';

/** How the value of one field is read. */
export interface ValueHints {
  readonly unitMs?: number | undefined;
  readonly scale?: NumberScale | undefined;
  readonly isTextOnly?: boolean | undefined;
}

/** Values by role, each already of the type that records want. */
export interface RoleValues {
  timestamp?: number;
  level?: Severity;
  message?: string;
  service?: string;
  user?: string;
  request?: string;
  error?: string;
  duration?: number;
  device?: string;
  status?: number;
}

/** The value as its role needs it; `undefined` when it cannot serve, and stays an attribute. */
export function roleValue(
  role: FieldRole,
  value: unknown,
  hints: ValueHints & { readonly reference: TimeReference },
): string | number | Severity | undefined {
  switch (role) {
    case 'timestamp':
      return anyTime(value, hints.reference);
    case 'level':
      return severity(value, hints.scale ?? 'guess');
    case 'duration':
      return durationOf(value, hints.unitMs);
    case 'status':
      return status(value);
    case 'message':
      return typeof value === 'string' ? value : undefined;
    case 'service':
    case 'user':
    case 'request':
    case 'error':
    case 'device':
      return hints.isTextOnly === true && typeof value !== 'string' ? undefined : shortText(value);
    default:
      return undefined;
  }
}

function severity(value: unknown, scale: NumberScale): Severity | undefined {
  if (typeof value === 'number') return severityOfNumber(value, scale);
  if (typeof value !== 'string' || value.length > 32) return undefined;
  const word = severityOfWord(value);
  if (word !== undefined) return word;
  return /^\d{1,2}$/.test(value) ? severityOfNumber(Number(value), scale) : undefined;
}

function status(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{3}$/.test(value) ? Number(value) : value;
  const isStatus = typeof number === 'number' && number >= 100 && number <= 599;
  return isStatus && Number.isInteger(number) ? number : undefined;
}

function shortText(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value;
  return typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : undefined;
}
