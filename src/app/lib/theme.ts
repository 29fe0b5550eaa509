/** Light or dark: the system's preference until a person chooses, then that choice, kept in this browser. */
export type Theme = 'light' | 'dark';

const key = 'capsule-theme';

/** @returns the stored choice; undefined when there is none or storage is closed to the page. */
function storedTheme(): Theme | undefined {
  try {
    const stored = localStorage.getItem(key);
    return stored === 'light' || stored === 'dark' ? stored : undefined;
  } catch {
    return undefined;
  }
}

export function preferredTheme(): Theme {
  const system = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  return storedTheme() ?? system;
}

/** Tells when the system's preference changes while the person has made no choice of their own. */
export function onSystemTheme(told: (theme: Theme) => void): void {
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    told(preferredTheme());
  });
}

export function applyTheme(theme: Theme): void {
  document.documentElement.dataset['theme'] = theme;
}

export function storeTheme(theme: Theme): void {
  try {
    localStorage.setItem(key, theme);
  } catch {
    // Without storage the choice lasts until the page is closed.
  }
}
