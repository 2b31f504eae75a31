/**
 * Sets what TensorFlow's library reads from the environment when it is loaded:
 * no chatter, and full single precision on cards that would round to 10 bits
 * of mantissa (TF32), so that scores agree across backends. For a process
 * that does nothing else.
 */
export function quietTensorflow(): void {
  process.env['TF_CPP_MIN_LOG_LEVEL'] = '3';
  process.env['NVIDIA_TF32_OVERRIDE'] = '0';
  process.env['TF_FORCE_GPU_ALLOW_GROWTH'] = 'true';
}
