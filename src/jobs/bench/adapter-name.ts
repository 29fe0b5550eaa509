/** What results are known by: browsers tell a vendor and an architecture, drivers on Node a whole line. */
import type { DeviceReport } from '../../core/reports.ts';

export function adapterName({ driver, vendor, name }: DeviceReport): string {
  if (driver !== '') return driver;
  const known = name.toLowerCase().includes(vendor.toLowerCase());
  return known ? name : `${vendor} ${name}`;
}
