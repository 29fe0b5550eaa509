/**
 * Numbers in words, through `Intl` in the language of the catalogue. A figure that is not finite is
 * shown as a dash, never as NaN.
 */
const locale = 'en';
const none = '–';

const formatters = new Map<string, Intl.NumberFormat>();

function formatter(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = JSON.stringify(options);
  const known = formatters.get(key) ?? new Intl.NumberFormat(locale, options);
  formatters.set(key, known);
  return known;
}

/** @returns a whole number with separators: `1,234,567`. */
export function count(value: number): string {
  return Number.isFinite(value) ? formatter({ maximumFractionDigits: 0 }).format(value) : none;
}

/** @returns a figure with three decimals, as metrics are shown; small ones in scientific form. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return none;
  const size = Math.abs(value);
  if (size !== 0 && (size < 0.001 || size >= 100_000)) return scientific(value);
  return formatter({ minimumFractionDigits: 3, maximumFractionDigits: 3 }).format(value);
}

/** @returns one decimal, always: for figures that stand below each other. */
export function decimal(value: number): string {
  if (!Number.isFinite(value)) return none;
  return formatter({ minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(value);
}

/** @returns at most three significant digits, with no trailing zeros. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return none;
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e7)) return scientific(value);
  return formatter({ maximumSignificantDigits: 3 }).format(value);
}

function scientific(value: number): string {
  return formatter({ notation: 'scientific', maximumFractionDigits: 1 })
    .format(value)
    .replace('E', 'e');
}

/**
 * @param step - distance between neighbouring labels of an axis
 * @returns a label with as many decimals as tell it from its neighbours
 */
export function axisLabel(value: number, step: number): string {
  const decimals = step >= 1 ? 0 : Math.min(8, Math.ceil(-Math.log10(step) - 1e-9));
  const options = { minimumFractionDigits: 0, maximumFractionDigits: decimals };
  return formatter(options).format(value);
}

/** @param share - 0 to 1 */
export function percent(share: number, decimals = 0): string {
  if (!Number.isFinite(share)) return none;
  return formatter({ style: 'percent', maximumFractionDigits: decimals }).format(share);
}

const byteUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** @returns bytes in the largest unit that leaves a number of at least 1: `1.5 GiB`. */
export function bytes(size: number): string {
  if (!Number.isFinite(size) || size < 0) return none;
  let value = size;
  let unit = 0;
  while (value >= 1023.5 && unit < byteUnits.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = value < 10 && unit > 0 ? 1 : 0;
  return `${formatter({ maximumFractionDigits: digits }).format(value)} ${byteUnits[unit] ?? ''}`;
}

/** @returns a duration in its two largest units: `45 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return none;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return joined(minutes, 'min', whole % 60, 's');
  return joined(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
}

function joined(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

/** @returns `45 × 54 × 45`. */
export function shape(sizes: readonly number[]): string {
  return sizes.map((size) => short(size)).join(' × ');
}
