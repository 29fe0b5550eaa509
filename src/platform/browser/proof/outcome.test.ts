import { expect, test } from 'vitest';
import { addressOf } from './channels.ts';
import { NotHere, outcomeOf, Violations, type Attempt } from './outcome.ts';
import { defaultTarget, targetFrom } from './target.ts';

const ADDRESS = 'https://capsule-proof.invalid/capsule-proof/page-1/fetch';
const patience = { silence: 60, grace: 30 };
const silence = (): Promise<never> => new Promise(() => undefined);

function world() {
  const page = new EventTarget();
  const violations = new Violations(page);
  const refuse = (blockedURI: string, effectiveDirective: string): void => {
    const event = new Event('securitypolicyviolation');
    page.dispatchEvent(Object.assign(event, { blockedURI, effectiveDirective }));
  };
  return { refuse, watch: { violations, patience } };
}

test('a refusal by the policy counts whenever it is told: before, with or after the failure', async () => {
  const failed = new TypeError('Failed to fetch');
  for (const delay of [0, 15]) {
    const { refuse, watch } = world();
    const attempt: Attempt = () => {
      setTimeout(() => refuse(ADDRESS, 'connect-src'), delay);
      return Promise.reject(failed);
    };
    const outcome = await outcomeOf(attempt, ADDRESS, watch);
    expect(outcome).toEqual({ kind: 'policy', directive: 'connect-src' });
  }
  const { refuse, watch } = world();
  refuse(ADDRESS, 'img-src');
  const outcome = await outcomeOf(silence, ADDRESS, watch);
  expect(outcome).toEqual({ kind: 'policy', directive: 'img-src' });
});

test('a failure without a refusal is not taken for one', async () => {
  const { refuse, watch } = world();
  refuse(`${ADDRESS}-of-another`, 'connect-src');
  refuse(new URL(ADDRESS).origin, 'frame-src');
  const failed = await outcomeOf(() => Promise.reject(new TypeError()), ADDRESS, watch);
  expect(failed).toEqual({ kind: 'unstopped', error: 'TypeError' });
  const heard = await outcomeOf(silence, ADDRESS, watch);
  expect(heard).toEqual({ kind: 'unstopped', error: '' });
});

test('an answer means that it got out, but for a load that the policy refused', async () => {
  const { refuse, watch } = world();
  expect(await outcomeOf(() => Promise.resolve(), ADDRESS, watch)).toEqual({ kind: 'out' });
  const loads: Attempt = () => {
    setTimeout(() => refuse('https://capsule-proof.invalid', 'frame-src'), 10);
    return Promise.resolve();
  };
  const frame = await outcomeOf(loads, ADDRESS, { ...watch, byOrigin: 'frame-src' });
  expect(frame).toEqual({ kind: 'policy', directive: 'frame-src' });
});

test('an event that names the origin alone counts for the attempt under way, not for a later one', async () => {
  const { refuse, watch } = world();
  refuse('https://capsule-proof.invalid', 'frame-src');
  const later = await outcomeOf(silence, ADDRESS, { ...watch, byOrigin: 'frame-src' });
  expect(later.kind).toBe('unstopped');
});

test('the browser’s own rule and an absent means stop an attempt', async () => {
  const { watch } = world();
  const rule = await outcomeOf(
    () => Promise.reject(new DOMException('', 'SecurityError')),
    ADDRESS,
    watch,
  );
  expect(rule).toEqual({ kind: 'rule', error: 'SecurityError' });
  const absent = await outcomeOf(() => Promise.reject(new NotHere()), ADDRESS, watch);
  expect(absent).toEqual({ kind: 'absent' });
});

test('only this computer may be asked for as the outside', () => {
  expect(targetFrom('http://127.0.0.1:8123/x?y')).toBe('http://127.0.0.1:8123');
  expect(targetFrom('http://localhost:80')).toBe('http://localhost');
  expect(targetFrom('http://[::1]:9')).toBe('http://[::1]:9');
  const others = [
    ...[null, '', 'nonsense', 'https://example.org', 'http://127.0.0.1.example.org'],
    ...['http://127.0.0.1@example.org', 'file:///etc', 'ftp://localhost'],
  ];
  for (const other of others) expect(targetFrom(other)).toBe(defaultTarget);
});

test('every attempt has an address of its own, in the scheme of its channel', () => {
  expect(addressOf('http://localhost:1', 'websocket', 'page-1')).toBe(
    'ws://localhost:1/capsule-proof/page-1/websocket',
  );
  expect(addressOf('http://localhost:1', 'webtransport', 'page-1')).toMatch(/^https:/);
  expect(addressOf(defaultTarget, 'fetch', 'page-1')).toBe(ADDRESS);
});
