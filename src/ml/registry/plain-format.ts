/** Arrays and objects within each other. */
export const MAX_DEPTH = 32;

/** Values in all, each typed array and each key's value counted once. */
export const MAX_VALUES = 1 << 22;

/** The extension type under which msgpackr, too, keeps typed arrays. */
export const TYPED_ARRAY_EXT = 0x74;

/** By their code in the extension. */
export const TYPED_ARRAYS = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
] as const;
