/**
 * What the audit looks for, in one catalogue: a code, what is looked for, what is said when it is
 * found, and what to do. A rule may find the same thing in a grave form (error: results would not
 * hold for new people) and in a lesser one (warning: look at it). Each code has a section of
 * docs/leakage.md, of its own name. Codes never change once published.
 */
export type Severity = 'error' | 'warning';

interface Entry {
  /** What is looked for, to be read after a number: `0 of ...`. */
  readonly title: string;
  readonly error?: string;
  readonly warning?: string;
  readonly action: string;
}

/** In the order in which findings of one severity are told. */
export const LEAKS = {
  LEAKAGE_PARTICIPANTS: {
    title: 'participants in two sets',
    error: 'The same participants stand in two sets that must be apart.',
    action: 'Remove them from one of the sets, or split again by participant.',
  },
  LEAKAGE_SESSIONS: {
    title: 'sessions, slices or patches divided instead of people',
    error: 'Sessions, slices or patches of the same participants were divided between two sets.',
    action: 'Split by participant (`tsvtools split`, `kfold`) before sessions or parts are listed.',
  },
  LEAKAGE_SCAN: {
    title: 'one scan under two names',
    error: 'The same voxels stand in two sets under two names.',
    warning: 'The same voxels stand twice in one set, under two names.',
    action: 'Find out whose scan it is, and remove the other one.',
  },
  LEAKAGE_COHORT_IDS: {
    title: 'ids that two cohorts share',
    error: 'The same participant ids stand in two sets, each in another cohort.',
    warning: 'Two cohorts use the same participant ids.',
    action: 'Put the name of the cohort into the ids, or remove people who are in both cohorts.',
  },
  LEAKAGE_VALIDATION_TEST: {
    title: 'people and scans that validation and test share',
    error: 'The test set is not independent of the validation set that chooses the model.',
    action: 'Test on people whom neither training nor validation has seen.',
  },
  LEAKAGE_PRETRAINING: {
    title: 'people seen in pre-training',
    error: 'People of the test set were seen by the network that training starts from.',
    warning:
      'People of this set were seen, or set apart, by the network that training starts from.',
    action: 'Test on other people, or start from a network that has not seen them.',
  },
  LEAKAGE_FOLDS: {
    title: 'people tested by a model of another fold that was trained on them',
    error: 'Models vote together on people on whom some of them were trained.',
    action: 'Test each model on its own test set, or let them vote on people new to all of them.',
  },
  LEAKAGE_SELECTION: {
    title: 'test sets that chose the epoch',
    error: 'The test set is the one that chose the model.',
    action: 'Keep one set for choosing the epoch and another one for testing.',
  },
  LEAKAGE_LABEL_COLUMN: {
    title: 'columns that give the label away',
    error: 'A column among the inputs says the same as the label.',
    warning: 'A column used for stratification says the same as the label.',
    action: 'Leave the column out.',
  },
  LEAKAGE_CONVERSION: {
    title: 'labels that come from a later visit',
    error: 'Sessions carry a label that their own visit contradicts.',
    warning: 'Sessions carry the diagnosis of a later visit.',
    action:
      'Leave out sessions after the conversion, and give each session the label of its visit.',
  },
  LEAKAGE_LABELS_DIFFER: {
    title: 'sessions with two labels',
    error: 'The same session has two labels.',
    action: 'Correct the tables: people may be hidden from a set by a wrong label.',
  },
  LEAKAGE_CLASSES: {
    title: 'empty sets and sets of one class',
    error: 'A set is empty, or training knows one class only.',
    warning: 'A set to evaluate on has one class only.',
    action: 'Check the diagnoses that take part, and split again, stratified by label.',
  },
  LEAKAGE_IDS_ALIKE: {
    title: 'ids that differ in case, zeros or separators only',
    warning: 'Ids differ only in case, zero padding or separators: likely the same people.',
    action: 'Write every id in one way, then audit again.',
  },
  LEAKAGE_SESSION_TWICE: {
    title: 'sessions that stand twice',
    warning: 'The same session stands twice, or has volumes that differ.',
    action: 'Keep one row and one volume a session.',
  },
} as const satisfies Record<string, Entry>;

export type LeakCode = keyof typeof LEAKS;
export const LEAKAGE_CODES = Object.keys(LEAKS) as LeakCode[];

/** @returns what is said of a finding. */
export function sentenceOf(code: LeakCode, severity: Severity): string {
  const entry: Entry = LEAKS[code];
  return entry[severity] ?? entry.title;
}

/** @returns where the help on a code stands. */
export const helpOf = (code: LeakCode): string => `docs/leakage.md#${code.toLowerCase()}`;
