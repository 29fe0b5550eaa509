/** The Chromium that tests drive, and how: WebGPU on its software adapter, nothing that asks the network. */
import { existsSync } from 'node:fs';

/** Named by scripts/test.mjs, or found on the system; without it Playwright's own is used. */
const executablePath =
  process.env['CAPSULE_CHROMIUM'] ??
  ['/usr/bin/chromium', '/usr/bin/google-chrome'].find((path) => existsSync(path));

export const chromiumOptions = {
  ...(executablePath === undefined ? {} : { executablePath }),
  args: [
    '--no-sandbox',
    '--enable-unsafe-webgpu',
    '--enable-features=Vulkan',
    '--use-webgpu-adapter=swiftshader',
    '--ignore-gpu-blocklist',
    '--enable-unsafe-swiftshader',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--no-first-run',
  ],
};
