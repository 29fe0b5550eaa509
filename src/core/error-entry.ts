/** What the error catalogue has of each code. */
export type Entry = {
  readonly severity: 'error' | 'warning' | 'note';
  readonly sentence: string;
  readonly action: string;
};

export const error = (sentence: string, action: string): Entry => ({
  severity: 'error',
  sentence,
  action,
});
export const warning = (sentence: string, action: string): Entry => ({
  severity: 'warning',
  sentence,
  action,
});
