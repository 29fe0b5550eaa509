import { expect, test } from 'vitest';
import { fromHost, servedBy } from '../../platform/browser/offline/offline-build.ts';
import type { Outcome } from '../../platform/browser/proof/outcome.ts';
import { headerFacts } from './headers.ts';
import { verdictOf } from './verdict.ts';
import { raysOf } from './wall.ts';

const policy: Outcome = { kind: 'policy', directive: 'connect-src' };
const rule: Outcome = { kind: 'rule', error: 'SecurityError' };
const absent: Outcome = { kind: 'absent' };
const unstopped: Outcome = { kind: 'unstopped', error: 'TypeError' };
const out: Outcome = { kind: 'out' };

test('closed only when every attempt was made and stopped', () => {
  expect(verdictOf([policy, rule, absent])).toMatchObject({ kind: 'closed', stopped: 3, all: 3 });
  expect(verdictOf([policy, undefined]).kind).toBe('running');
  expect(verdictOf([policy, unstopped])).toMatchObject({ kind: 'doubtful', doubtful: 1 });
  expect(verdictOf([]).kind).toBe('doubtful');
});

test('one that got out is told at once, whatever the others are', () => {
  expect(verdictOf([out, undefined, policy])).toMatchObject({ kind: 'open', out: 1 });
  expect(verdictOf([unstopped, out]).kind).toBe('open');
});

test('headers are told with who sent them', () => {
  const csp = { 'Content-Security-Policy': "default-src 'none'" };
  const first = (headers: Record<string, string>) => headerFacts(new Headers(headers))[0]?.source;
  expect(first({})).toBe('none');
  expect(first(csp)).toBe('host');
  expect(first({ ...csp, [servedBy]: 'v1', [fromHost]: '' })).toBe('service worker');
  expect(first({ ...csp, [servedBy]: 'v1', [fromHost]: 'X, Content-Security-Policy' })).toBe(
    'both',
  );
});

test('rays stand at equal distances along the wall and at right angles to it', () => {
  const shape = { half: 190, radius: 92 };
  const rays = raysOf(400, shape);
  const ends = rays.map(({ x, y, dx, dy }) => [x + dx * shape.radius, y + dy * shape.radius]);
  const length = 4 * shape.half + 2 * Math.PI * shape.radius;
  for (const [index, [x = 0, y = 0]] of ends.entries()) {
    const [nextX = 0, nextY = 0] = ends[(index + 1) % ends.length] ?? [];
    expect(Math.hypot(nextX - x, nextY - y)).toBeCloseTo(length / 400, 2);
    // On the wall: a radius away from the axis.
    const beyond = Math.max(0, Math.abs(x) - shape.half);
    expect(Math.hypot(beyond, y)).toBeCloseTo(shape.radius, 9);
  }
});
