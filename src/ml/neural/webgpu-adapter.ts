import { BackendRefusal } from './backend.ts';

/** What is used of WebGPU's `navigator.gpu`. */
export interface Gpu {
  requestAdapter(options?: unknown): Promise<GpuAdapter | null>;
}

export interface GpuAdapter {
  readonly isFallbackAdapter?: boolean;
  readonly info?: {
    readonly vendor?: string;
    readonly architecture?: string;
    readonly device?: string;
    readonly description?: string;
    readonly isFallbackAdapter?: boolean;
  };
}

/** Names of renderers that compute on the processor, slower than wasm does. */
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|software|basic render|\bwarp\b|\bcpu\b/i;

const FIX = "Install the graphics card's Vulkan driver (on Debian also libvulkan1).";

/**
 * A `gpu` that hands out hardware adapters only.
 * @throws BackendRefusal when there is no adapter, or only one of software
 */
export async function hardwareOnly(
  gpu: Gpu,
): Promise<{ readonly guarded: Gpu; readonly description: string }> {
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) throw new BackendRefusal('no hardware adapter', FIX);
  const description = describe(adapter);
  if (isSoftware(adapter)) {
    throw new BackendRefusal(`no hardware adapter, only software: ${description}`, FIX);
  }
  const guarded: Gpu = {
    async requestAdapter(options) {
      const given = await gpu.requestAdapter(options);
      return given === null || isSoftware(given) ? null : given;
    },
  };
  return { guarded, description };
}

function isSoftware(adapter: GpuAdapter): boolean {
  const isFallback = adapter.isFallbackAdapter ?? adapter.info?.isFallbackAdapter ?? false;
  return isFallback || SOFTWARE.test(describe(adapter));
}

function describe({ info = {} }: GpuAdapter): string {
  const parts = [info.vendor, info.architecture, info.device, info.description];
  return parts.filter((part) => part !== undefined && part !== '').join(' ') || 'unnamed adapter';
}
