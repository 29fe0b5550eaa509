import { afterEach, expect, test } from 'vitest';
import { keepFocus } from './keep-focus.ts';

let release: (() => void) | undefined;
afterEach(() => {
  release?.();
  document.body.innerHTML = '';
});

function host(html: string): HTMLElement {
  const element = document.createElement('div');
  element.innerHTML = html;
  document.body.append(element);
  release = keepFocus(element);
  return element;
}

const button = (element: HTMLElement, id: string) =>
  element.querySelector(`#${id}`) as HTMLButtonElement;
const settled = () => new Promise((resolve) => setTimeout(resolve, 20));

test('focus follows from a button that goes to the one that takes its place, and back', async () => {
  const element = host('<button id="train">Train</button>');
  button(element, 'train').focus();
  element.innerHTML = '<button id="cancel">Cancel</button>';
  await settled();
  expect(document.activeElement?.id).toBe('cancel');
  element.innerHTML = '<button id="train">Train</button>';
  await settled();
  expect(document.activeElement?.id).toBe('train');
});

test('focus returns to a button that was switched off for a while', async () => {
  const element = host('<select id="who"></select><button id="show">Show</button>');
  button(element, 'show').focus();
  for (const control of element.querySelectorAll('select, button')) {
    (control as HTMLButtonElement).disabled = true;
  }
  element.insertAdjacentHTML('beforeend', '<button id="cancel">Cancel</button>');
  await settled();
  expect(document.activeElement?.id).toBe('cancel');
  for (const control of element.querySelectorAll('select, button')) {
    (control as HTMLButtonElement).disabled = false;
  }
  button(element, 'cancel').remove();
  await settled();
  expect(document.activeElement?.id).toBe('show');
});

test('focus is left where somebody has put it', async () => {
  const element = host('<button id="train">Train</button>');
  document.body.insertAdjacentHTML('beforeend', '<button id="other">Other</button>');
  button(element, 'train').focus();
  button(document.body, 'other').focus();
  element.innerHTML = '<button id="cancel">Cancel</button>';
  await settled();
  expect(document.activeElement?.id).toBe('other');
});
