import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, ORIGIN, recorded, test } from './page.ts';

// A server that stands for the outside: nothing may reach it, whatever the page tries.
let outside: Server;
let address: string;
const reached: string[] = [];

test.beforeAll(async () => {
  outside = createServer((request, response) => {
    reached.push(request.url ?? '');
    response.setHeader('Access-Control-Allow-Origin', '*');
    response.end('reached');
  });
  await new Promise<void>((resolve) => outside.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(outside.address() as AddressInfo).port}`;
});
test.afterAll(() => new Promise((resolve) => outside.close(resolve)));

test('every answer carries the policy, and the page is isolated', async ({ page }) => {
  const answer = await page.goto('/');
  const headers = answer?.headers() ?? {};
  expect(headers['content-security-policy']).toContain("default-src 'none'");
  expect(headers['content-security-policy']).toContain("connect-src 'self' blob:");
  expect(headers['cross-origin-embedder-policy']).toBe('require-corp');
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
  const script = await page.locator('script[type="module"]').first().getAttribute('src');
  const ofScript = await page.request.get(script ?? '');
  expect(ofScript.headers()['content-security-policy']).toContain("default-src 'none'");
});

// The page's own faults are what this test is about, so it opens the page without the watcher.
recorded('neither page nor worker reaches another origin', async ({ page, elsewhere }) => {
  // It counts itself what arrives.
  elsewhere.allow(address);
  await page.goto(ORIGIN);
  const tried = await page.evaluate(async (target) => {
    const outcome = async (attempt: () => Promise<unknown>) =>
      attempt().then(
        () => 'reached',
        () => 'blocked',
      );
    const image = () =>
      new Promise((resolve, reject) => {
        const element = new Image();
        element.onload = resolve;
        element.onerror = reject;
        element.src = `${target}/image`;
      });
    const socket = () =>
      new Promise((resolve, reject) => {
        const connection = new WebSocket(`${target.replace('http', 'ws')}/socket`);
        connection.onopen = resolve;
        connection.onerror = reject;
      });
    const inWorker = () =>
      new Promise((resolve, reject) => {
        const code = `fetch('${target}/worker').then(() => postMessage(1), () => postMessage(0))`;
        const worker = new Worker(URL.createObjectURL(new Blob([code])));
        worker.onmessage = ({ data }) =>
          data === 1 ? resolve(data) : reject(new Error('blocked'));
        worker.onerror = reject;
      });
    return {
      fetch: await outcome(() => fetch(`${target}/fetch`)),
      beacon: await outcome(() =>
        navigator.sendBeacon(`${target}/beacon`, 'x')
          ? Promise.resolve()
          : Promise.reject(new Error()),
      ),
      image: await outcome(image),
      socket: await outcome(socket),
      worker: await outcome(inWorker),
    };
  }, address);
  await page.waitForTimeout(500);
  // A beacon is accepted before the policy drops it: only the server knows.
  expect({ ...tried, beacon: 'blocked' }).toEqual({
    ...{ fetch: 'blocked', beacon: 'blocked', image: 'blocked' },
    ...{ socket: 'blocked', worker: 'blocked' },
  });
  expect(reached).toEqual([]);
});
