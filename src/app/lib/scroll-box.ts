/**
 * A box that scrolls sideways, such as the one around a wide table: reached by Tab, so that the arrow
 * keys can scroll it, and named, but only while there is something to scroll (WCAG 2.1.1).
 */

/** For `{@attach scrollBox(label)}`. */
export function scrollBox(label: string): (box: HTMLElement) => () => void {
  return (box) => {
    const measure = (): void => {
      if (box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight) {
        box.tabIndex = 0;
        box.setAttribute('role', 'region');
        box.setAttribute('aria-label', label);
      } else if (document.activeElement !== box) {
        for (const name of ['tabindex', 'role', 'aria-label']) box.removeAttribute(name);
      }
    };
    const observer = new ResizeObserver(measure);
    observer.observe(box);
    for (const child of box.children) observer.observe(child);
    return () => observer.disconnect();
  };
}
