/**
 * One writer a folder among the tabs of a browser: a lock of the browser under the folder's path. It
 * goes with the tab or the worker that took it, however that ends
 * (https://www.w3.org/TR/web-locks/).
 */
import { CapsuleError } from '../../../core/errors.ts';
import type { Release } from '../../../core/files/hold.ts';

/**
 * @param path - in the origin-private file system
 * @throws MAPS_IN_USE while another tab has it
 */
export function lockFolder(path: string): Promise<Release> {
  // Safari has it since 15.4; without it a second tab is not noticed.
  const { locks } = navigator as Partial<Navigator>;
  if (locks === undefined) return Promise.resolve(() => Promise.resolve());
  return new Promise((resolve, reject) => {
    const held = locks.request(`capsule:${path}`, { ifAvailable: true }, (lock) => {
      if (lock === null) {
        reject(
          new CapsuleError('MAPS_IN_USE', {
            file: path,
            found: 'another tab of this browser',
            action: 'Wait until it is done there, or close that tab; then start again.',
          }),
        );
        return undefined;
      }
      return new Promise<void>((give) => {
        resolve(async () => {
          give();
          await held;
        });
      });
    });
    held.catch(reject);
  });
}
