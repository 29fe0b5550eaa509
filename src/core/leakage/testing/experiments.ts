/** For tests: experiments in short. A row is `sub-1 ses-M000 AD`, its label and diagnosis the same. */
import { auditExperiment, type AuditReport } from '../audit.ts';
import type { AuditRow, AuditSet, Experiment, Role, Scan } from '../experiment.ts';

/** @param text - `sub-1 ses-M000 AD`: participant, session, and the label where there is one */
export function row(text: string, more: Partial<AuditRow> = {}): AuditRow {
  const [participant = '', session = '', label] = text.split(' ');
  return { participant, session, label, diagnosis: label, file: 'table.tsv', ...more };
}

/** @param name - starts with the role: `train of split-0` */
export function set(
  name: string,
  texts: readonly string[],
  more: Partial<AuditRow> = {},
): AuditSet {
  const [, role = 'train', split] = /^(train|validation|test)(?: of split-(\d+))?/.exec(name) ?? [];
  return {
    ...{ name, role: role as Role, split: split === undefined ? undefined : Number(split) },
    rows: texts.map((text) => row(text, { file: `${name}.tsv`, ...more })),
  };
}

/** @param text - `sub-1/ses-M000`; @param content - equal for equal voxels */
export function scan(text: string, content: string, more: Partial<Scan> = {}): Scan {
  const [participant = '', session = ''] = text.split('/');
  return { participant, session, file: `${text}.nii.gz`, hash: content, ...more };
}

export const TRAIN = ['sub-A1 ses-M000 AD', 'sub-A2 ses-M000 CN', 'sub-A3 ses-M000 AD'];
export const VALIDATION = ['sub-B1 ses-M000 AD', 'sub-B2 ses-M000 CN'];
export const TEST = ['sub-C1 ses-M000 AD', 'sub-C2 ses-M000 CN'];

/** Three sets without a fault. */
export const CLEAN: Experiment = {
  sets: [set('train', TRAIN), set('validation', VALIDATION), set('test', TEST)],
  label: 'diagnosis',
};

/** @returns the clean experiment with one set more or another one in its place. */
export function having(...sets: readonly AuditSet[]): Experiment {
  const names = new Set(sets.map(({ name }) => name));
  return { ...CLEAN, sets: [...CLEAN.sets.filter(({ name }) => !names.has(name)), ...sets] };
}

/** @returns what was found, as `error LEAKAGE_PARTICIPANTS: sub-1, sub-2`. */
export function found(experiment: Experiment): string[] {
  return said(auditExperiment(experiment));
}

export function said({ findings }: AuditReport): string[] {
  return findings.map(({ severity, code, participants }) =>
    `${severity} ${code}: ${participants.join(', ')}`.trimEnd(),
  );
}
