import { expect, test } from 'vitest';
import { scrollBox } from './scroll-box.ts';

test('a box is a stop for Tab while it scrolls, and no longer', async () => {
  const box = document.body.appendChild(document.createElement('div'));
  box.style.cssText = 'width: 100px; overflow-x: auto;';
  const inner = box.appendChild(document.createElement('div'));
  inner.style.cssText = 'width: 300px; height: 20px;';
  const end = scrollBox('Metrics')(box);
  await expect.poll(() => box.tabIndex).toBe(0);
  expect(box.getAttribute('role')).toBe('region');
  expect(box.getAttribute('aria-label')).toBe('Metrics');
  inner.style.width = '50px';
  await expect.poll(() => box.hasAttribute('tabindex')).toBe(false);
  expect(box.hasAttribute('role')).toBe(false);
  box.style.width = '20px';
  await expect.poll(() => box.tabIndex).toBe(0);
  end();
  box.remove();
});
