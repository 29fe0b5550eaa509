/**
 * Ctrl+Z and Ctrl+Shift+Z (Ctrl+Y) within a step; with the command key on a Mac. A text field keeps
 * its own undo while one types in it.
 */
export interface Undoable {
  undo(): void;
  redo(): void;
}

/** @returns what an event asks for. */
export function undoOf(event: {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly shiftKey: boolean;
  readonly altKey: boolean;
}): 'undo' | 'redo' | undefined {
  if (!(event.ctrlKey || event.metaKey) || event.altKey) return undefined;
  const key = event.key.toLowerCase();
  if (key === 'y' && !event.shiftKey) return 'redo';
  if (key !== 'z') return undefined;
  return event.shiftKey ? 'redo' : 'undo';
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLInputElement && !['checkbox', 'radio', 'range'].includes(target.type);

/** @returns an attachment for the element that holds the step. */
export function onUndoKeys(history: Undoable, isBusy: () => boolean) {
  return (element: HTMLElement) => {
    const onKey = (event: KeyboardEvent): void => {
      const wanted = undoOf(event);
      if (wanted === undefined || isBusy() || isTyping(event.target)) return;
      event.preventDefault();
      history[wanted]();
    };
    element.addEventListener('keydown', onKey);
    return () => element.removeEventListener('keydown', onKey);
  };
}
