/**
 * JSON as Python's `json.dump` prints it, so that files that ClinicaDL wrote come back byte for
 * byte: `, ` and `: ` between parts, everything but ASCII escaped, floats with a point or exponent.
 */

export interface PythonJsonStyle {
  /** Spaces of one level; on one line when left out. */
  readonly indent?: number;
  /** Keys whose numbers are floats in Python. */
  readonly floats?: ReadonlySet<string>;
}

/** @returns the text of plain data (null, booleans, finite numbers, strings, arrays, objects). */
export function pythonJson(value: unknown, style: PythonJsonStyle = {}): string {
  return print(value, style, 0, false);
}

/** @returns a float as Python's `repr` prints it: `0.0`, `0.0001`, `1e-05`, `1e+16`. */
export function pythonFloat(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  const [digits = '', power = '0'] = value.toExponential().split('e');
  const exponent = Number(power);
  if (exponent < -4 || exponent >= 16) {
    const width = String(Math.abs(exponent)).padStart(2, '0');
    return `${digits}e${exponent < 0 ? '-' : '+'}${width}`;
  }
  const plain = Object.is(value, -0) ? '-0' : String(value);
  return plain.includes('.') ? plain : `${plain}.0`;
}

function print(value: unknown, style: PythonJsonStyle, depth: number, isFloat: boolean): string {
  if (Array.isArray(value)) {
    const items = value.map((item) => print(item, style, depth + 1, isFloat));
    return wrap('[', items, ']', style, depth);
  }
  if (typeof value === 'object' && value !== null) {
    const items = Object.entries(value).map(([key, item]) => {
      const float = style.floats?.has(key) ?? false;
      return `${ascii(key)}: ${print(item, style, depth + 1, float)}`;
    });
    return wrap('{', items, '}', style, depth);
  }
  if (typeof value === 'string') return ascii(value);
  if (typeof value === 'number') {
    return isFloat || !Number.isInteger(value) ? pythonFloat(value) : String(value);
  }
  return value === undefined ? 'null' : String(value);
}

function wrap(
  open: string,
  items: readonly string[],
  close: string,
  { indent }: PythonJsonStyle,
  depth: number,
): string {
  if (items.length === 0) return open + close;
  if (indent === undefined) return open + items.join(', ') + close;
  const inner = `\n${' '.repeat(indent * (depth + 1))}`;
  return `${open}${inner}${items.join(`,${inner}`)}\n${' '.repeat(indent * depth)}${close}`;
}

function ascii(text: string): string {
  return JSON.stringify(text).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
