import { expect, test } from 'vitest';
import { browserName } from './browser-name.ts';

const LIKE = 'Mozilla/5.0 (%) AppleWebKit/537.36 (KHTML, like Gecko)';

test.each([
  [`${LIKE.replace('%', 'Windows NT 10.0')} Chrome/140.0 Safari/537.36`, 'chrome'],
  [`${LIKE.replace('%', 'Windows NT 10.0')} Chrome/140.0 Safari/537.36 Edg/140.0`, 'chrome'],
  [`${LIKE.replace('%', 'X11; Linux x86_64')} Chrome/140.0 Safari/537.36`, 'chromeLinux'],
  [`${LIKE.replace('%', 'Linux; Android 16')} Chrome/140.0 Mobile Safari/537.36`, 'chrome'],
  ['Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0', 'firefox'],
  [`${LIKE.replace('%', 'Macintosh')} Version/26.0 Safari/605.1.15`, 'safari'],
  ['curl/8.0', undefined],
])('%s', (agent, name) => {
  expect(browserName(agent)).toBe(name);
});
