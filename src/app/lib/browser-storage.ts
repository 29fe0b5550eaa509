/** What the browser says about the storage that it gives this page, and the request to keep it. */

export interface BrowserStorage {
  /** Bytes in use by this page, and bytes it may use; undefined where the browser does not tell. */
  readonly used: number | undefined;
  readonly quota: number | undefined;
  /** Whether the browser keeps it when the disk gets full; undefined where it cannot be asked. */
  readonly isKept: boolean | undefined;
}

export async function askStorage(): Promise<BrowserStorage> {
  // Absent in pages that are not secure, and in old browsers.
  const storage = (navigator as Partial<Navigator>).storage;
  const [estimate, isKept] = await Promise.all([
    storage?.estimate().catch(() => undefined),
    storage?.persisted().catch(() => undefined),
  ]);
  return { used: estimate?.usage, quota: estimate?.quota, isKept };
}

/** Browsers decide by how the page is used; some ask the person. @returns whether it is kept */
export async function askToKeep(): Promise<boolean> {
  const storage = (navigator as Partial<Navigator>).storage;
  return (await storage?.persist().catch(() => false)) ?? false;
}
