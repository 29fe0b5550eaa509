/**
 * Where the keyboard goes when the button that was pressed disappears or is switched off, as
 * "Train" does when "Cancel" takes its place: browsers let the focus fall to the page, and whoever
 * uses Tab starts again from the top.
 */

const focusable = 'button, a[href], select, input:not([type="hidden"]), summary, [tabindex="0"]';

/**
 * For `{@attach keepFocus}`: while the focus was inside `host` and its holder went, the focus moves
 * back to the holder when it can be used again, else to the first control that can.
 */
export function keepFocus(host: HTMLElement): () => void {
  let holder: HTMLElement | undefined;
  let pressed: HTMLElement | undefined;

  function onFocusIn(event: FocusEvent): void {
    if (event.target instanceof HTMLElement) holder = event.target;
  }

  function onFocusOut(event: FocusEvent): void {
    // To another place of the person's own choice.
    if (event.relatedTarget !== null) holder = undefined;
  }

  function onPointerDown(event: PointerEvent): void {
    if (!host.contains(event.target as Node)) holder = undefined;
  }

  function repair(): void {
    if (holder === undefined) return;
    // A control that is switched off may keep the focus until the next frame.
    const active = document.activeElement;
    if (active !== document.body && (active !== holder || isUsable(holder))) return;
    if (holder.isConnected) pressed = holder;
    const candidates = [...host.querySelectorAll<HTMLElement>(focusable)].filter(isUsable);
    const next = pressed !== undefined && isUsable(pressed) ? pressed : candidates[0];
    next?.focus({ preventScroll: true });
  }

  const observer = new MutationObserver(repair);
  observer.observe(host, { subtree: true, childList: true, attributeFilter: ['disabled'] });
  host.addEventListener('focusin', onFocusIn);
  host.addEventListener('focusout', onFocusOut);
  document.addEventListener('pointerdown', onPointerDown);
  return () => {
    observer.disconnect();
    host.removeEventListener('focusin', onFocusIn);
    host.removeEventListener('focusout', onFocusOut);
    document.removeEventListener('pointerdown', onPointerDown);
  };
}

function isUsable(element: HTMLElement): boolean {
  return (
    element.isConnected && !(element as HTMLButtonElement).disabled && element.offsetParent !== null
  );
}
