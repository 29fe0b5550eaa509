/**
 * The shortcuts of the page, as `?` lists them. Each part of the page that has keys of its own adds
 * a group while it is there. A single key may be switched off (WCAG 2.2, 2.1.4): `?` is the only one
 * that holds outside of a control.
 */
export interface ShortcutGroup {
  readonly title: string;
  readonly keys: readonly (readonly [keys: readonly string[], what: string])[];
}

type Listener = () => void;

/** Groups in the order in which they came. */
export class ShortcutList {
  #groups: readonly ShortcutGroup[] = [];
  readonly #listeners = new Set<Listener>();

  get groups(): readonly ShortcutGroup[] {
    return this.#groups;
  }

  /** @returns takes the group out again; one that several parts add stands once */
  add(group: ShortcutGroup): () => void {
    // A copy is told from another part's group of the same title.
    const own = { ...group };
    this.#change([...this.#all, own]);
    return () => this.#change(this.#all.filter((other) => other !== own));
  }

  /** @returns ends it */
  onChange(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #all: readonly ShortcutGroup[] = [];

  #change(groups: readonly ShortcutGroup[]): void {
    this.#all = groups;
    this.#groups = groups.filter(
      ({ title }, index) => groups.findIndex((other) => other.title === title) === index,
    );
    for (const told of this.#listeners) told();
  }
}

/** Of this page. */
export const shortcuts = new ShortcutList();

/** Event on the window by which anything opens the list. */
export const SHOW_SHORTCUTS = 'capsule-shortcuts';

export function showShortcuts(): void {
  window.dispatchEvent(new Event(SHOW_SHORTCUTS));
}

/** What of a key event decides. */
export type Pressed = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey'> & {
  /** Of the element that has the focus: its tag, its type, and whether its text is edited. */
  readonly at: { readonly tag: string; readonly type: string; readonly isEdited: boolean };
};

const WITHOUT_TEXT = new Set(['checkbox', 'radio', 'range', 'button', 'submit', 'file', 'color']);

/** Whether a key asks for the list: `?`, wherever one does not type. */
export function asksForList({ key, ctrlKey, metaKey, altKey, at }: Pressed): boolean {
  if (key !== '?' || ctrlKey || metaKey || altKey || at.isEdited) return false;
  if (at.tag === 'TEXTAREA' || at.tag === 'SELECT') return false;
  return at.tag !== 'INPUT' || WITHOUT_TEXT.has(at.type);
}

const KEY = 'capsule-single-keys';

/** Whether `?` holds; a choice that is kept in this browser. */
export function singleKeysOn(): boolean {
  try {
    return localStorage.getItem(KEY) !== 'off';
  } catch {
    return true;
  }
}

export function switchSingleKeys(on: boolean): void {
  try {
    if (on) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, 'off');
  } catch {
    // Without storage the choice lasts until the page is closed.
  }
}
