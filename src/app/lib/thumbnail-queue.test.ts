import { expect, test } from 'vitest';
import { ThumbnailQueue, type Picture } from './thumbnail-queue.ts';

const picture = (grey: number): Picture => ({ width: 1, height: 1, pixels: Uint8Array.of(grey) });

function queue() {
  const asked: string[] = [];
  const finish = new Map<string, (made: Picture | Error) => void>();
  const made = new ThumbnailQueue(
    (key) =>
      new Promise((resolve, reject) => {
        asked.push(key);
        finish.set(key, (found) => (found instanceof Error ? reject(found) : resolve(found)));
      }),
  );
  const settle = async (key: string, found: Picture | Error): Promise<void> => {
    finish.get(key)?.(found);
    await Promise.resolve();
    await Promise.resolve();
  };
  return { made, asked, settle };
}

test('never more than two at a time, the last asked first, none that went out of sight', async () => {
  const { made, asked, settle } = queue();
  const heard: string[] = [];
  const ends = ['a', 'b', 'c', 'd', 'e'].map((key) => made.want(key, () => heard.push(key)));
  expect(asked).toEqual(['a', 'b']);
  ends[4]?.();
  await settle('a', picture(1));
  expect(asked).toEqual(['a', 'b', 'd']);
  await settle('d', picture(2));
  await settle('b', picture(3));
  expect(asked).toEqual(['a', 'b', 'd', 'c']);
  await settle('c', picture(4));
  expect(heard).toEqual(['a', 'd', 'b', 'c']);
  expect(asked).not.toContain('e');
});

test('who scrolled away while it was decoded hears nothing, and finds it kept', async () => {
  const { made, asked, settle } = queue();
  const heard: Picture[] = [];
  const end = made.want('a', (found) => heard.push(found));
  end();
  await settle('a', picture(7));
  expect(heard).toEqual([]);
  made.want('a', (found) => heard.push(found));
  expect(heard).toEqual([picture(7)]);
  expect(asked).toEqual(['a']);
});

test('two rows that want the same scan share one decoding', async () => {
  const { made, asked, settle } = queue();
  const heard: string[] = [];
  made.want('a', () => heard.push('first'));
  made.want('a', () => heard.push('second'));
  await settle('a', picture(1));
  expect(heard).toEqual(['first', 'second']);
  expect(asked).toEqual(['a']);
});

test('a scan that cannot be read has no picture, and the next one has its turn', async () => {
  const { made, asked, settle } = queue();
  const heard: Picture[] = [];
  for (const key of ['a', 'b', 'c']) made.want(key, (found) => heard.push(found));
  await settle('a', new Error('damaged'));
  expect(heard).toEqual([undefined]);
  expect(asked).toEqual(['a', 'b', 'c']);
});

test('of another cohort nothing is kept, and its scans do not wait for those before', async () => {
  const { made, asked, settle } = queue();
  const heard: string[] = [];
  for (const key of ['a', 'b', 'c']) made.want(key, () => heard.push(key));
  made.forget();
  made.want('x', () => heard.push('x'));
  expect(asked).toEqual(['a', 'b', 'x']);
  await settle('a', picture(1));
  await settle('x', picture(1));
  expect(heard).toEqual(['x']);
  made.want('a', () => undefined);
  expect(asked).toEqual(['a', 'b', 'x', 'a']);
});

test('only so many are kept, those seen last', async () => {
  const { made, asked, settle } = queue();
  for (let row = 0; row < 410; row++) {
    made.want(`sub-${row}`, () => undefined);
    await settle(`sub-${row}`, picture(row % 256));
  }
  made.want('sub-409', () => undefined);
  expect(asked).toHaveLength(410);
  made.want('sub-0', () => undefined);
  expect(asked.at(-1)).toBe('sub-0');
});
