/** An experiment as a TOML file, in the sections of ClinicaDL's `train_config.toml`. */
import { parse, stringify, TomlError } from 'smol-toml';
import { CapsuleError } from '../errors.ts';
import { parseConfig, type ConfigSource } from './parse.ts';
import { pythonFloat } from './python-json.ts';
import { sectionsOf, type Config, type PartialConfig, type Task } from './schema.ts';

/** A file larger than this is no configuration. Characters. */
const LONGEST = 1_000_000;

/**
 * @returns the options that the file gives
 * @throws CONFIG_SYNTAX, CONFIG_UNKNOWN_KEY, CONFIG_VALUE
 */
export function fromToml(text: string, task: Task, source: ConfigSource = {}): PartialConfig {
  return parseConfig(readToml(text, source), task, source);
}

/** @returns the whole experiment as text: every section of its task, every key. */
export function toToml(config: Config): string {
  const values = config as unknown as Readonly<Record<string, unknown>>;
  const sections = sectionsOf(config.network_task).map(({ name, options }) => {
    const lines = Object.entries(options).map(([key, option]) => {
      const value = values[key];
      if (option.float === true && typeof value === 'number') {
        return `${key} = ${pythonFloat(value)}`;
      }
      if (option.kind === 'codes') return inlineTable(key, value);
      // As a list of tables it would leave its section.
      if (option.kind === 'names-or-false') return `${key} = ${inline(value)}`;
      return stringify({ [key]: value }).trim();
    });
    return `[${name}]\n${lines.join('\n')}\n`;
  });
  return sections.join('\n');
}

/** @returns sections by name @throws CONFIG_SYNTAX with the row */
export function readToml(text: string, source: ConfigSource): unknown {
  if (text.length > LONGEST) {
    const expected = `at most ${LONGEST} characters`;
    throw new CapsuleError('CONFIG_SYNTAX', { ...source, expected, found: `${text.length}` });
  }
  try {
    return parse(text);
  } catch (thrown) {
    const found = thrown instanceof Error ? (thrown.message.split('\n')[0] ?? '') : String(thrown);
    const row = thrown instanceof TomlError ? { row: thrown.line } : {};
    throw new CapsuleError('CONFIG_SYNTAX', { ...source, ...row, found }, { cause: thrown });
  }
}

/** A value on one line, whatever it holds. */
function inline(value: unknown): string {
  if (Array.isArray(value)) return `[ ${value.map(inline).join(', ')} ]`.replace('[  ]', '[]');
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, one]) => {
      const [name = key] = stringify({ [key]: 0 }).split(' = ');
      return `${name} = ${inline(one)}`;
    });
    return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
  }
  return stringify({ v: value }).trim().slice('v = '.length);
}

function inlineTable(key: string, value: unknown): string {
  const entries = Object.entries(value ?? {}).map(([name, code]) =>
    stringify({ [name]: code }).trim(),
  );
  return entries.length === 0 ? `${key} = {}` : `${key} = { ${entries.join(', ')} }`;
}
