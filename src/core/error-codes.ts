/**
 * Every error code, with its HTTP status and process exit code. Each has a
 * line in docs/reference/errors.md that says what to do.
 */
export const ERROR_CODES = Object.freeze({
  BAD_REQUEST: { status: 400, exit: 2 },
  UNAUTHENTICATED: { status: 401, exit: 77 },
  FORBIDDEN: { status: 403, exit: 77 },
  NOT_FOUND: { status: 404, exit: 1 },
  METHOD_NOT_ALLOWED: { status: 405, exit: 1 },
  CONFLICT: { status: 409, exit: 1 },
  TOO_LARGE: { status: 413, exit: 1 },
  UNSUPPORTED_MEDIA: { status: 415, exit: 1 },
  RATE_LIMITED: { status: 429, exit: 75 },
  OVERLOADED: { status: 503, exit: 75 },
  SHUTTING_DOWN: { status: 503, exit: 75 },
  INTERNAL: { status: 500, exit: 1 },

  CONFIG_INVALID: { status: 500, exit: 78 },
  CONFIG_MISSING: { status: 500, exit: 78 },
  USAGE: { status: 400, exit: 2 },
  PREREQUISITE_MISSING: { status: 503, exit: 69 },
  PORT_IN_USE: { status: 500, exit: 69 },
  DATA_DIR_LOCKED: { status: 500, exit: 69 },
  UNREACHABLE: { status: 503, exit: 69 },

  FRAME_MALFORMED: { status: 400, exit: 1 },
  FRAME_TOO_LARGE: { status: 413, exit: 1 },
  SEAL_INVALID: { status: 400, exit: 1 },
  SIGNATURE_INVALID: { status: 401, exit: 77 },
  KEY_UNKNOWN: { status: 400, exit: 1 },
  EPOCH_INVALID: { status: 400, exit: 1 },
  DEVICE_REVOKED: { status: 403, exit: 77 },
  RECORD_INVALID: { status: 400, exit: 1 },
  PAYLOAD_INVALID: { status: 400, exit: 1 },

  JOURNAL_FULL: { status: 507, exit: 1 },
  JOURNAL_FAILED: { status: 503, exit: 1 },
  JOURNAL_CORRUPT: { status: 500, exit: 1 },
  JOURNAL_CLOSED: { status: 503, exit: 1 },
  STORE_FAILED: { status: 503, exit: 1 },
  STORE_CORRUPT: { status: 500, exit: 1 },
  QUERY_INVALID: { status: 400, exit: 2 },

  MODEL_INPUT: { status: 400, exit: 1 },
  MODEL_UNFITTED: { status: 409, exit: 1 },
  MODEL_INVALID: { status: 422, exit: 1 },
  MODEL_FAILED: { status: 503, exit: 1 },

  BUS_UNAVAILABLE: { status: 503, exit: 69 },
  DELIVERY_FAILED: { status: 502, exit: 1 },
} as const);

export type ErrorCode = keyof typeof ERROR_CODES;
