import { readFile } from 'node:fs/promises';
import { look } from './look.ts';
import { expect, test } from './page.ts';

// The smallest case there is: a figure a kernel, in seconds on a software driver.
const ADDRESS = '/bench/#network=Conv4_FC3&shape=24x24x24&batch=1&precisions=f32&stock=no&steps=1';

const KEYS = [
  ...['adapter', 'network', 'precision', 'shape', 'batch', 'stock_ms', 'capsule_ms', 'ratio'],
  ...['stock_bytes', 'capsule_bytes', 'bytes_ratio', 'first_step_ms', 'stock_first_step_ms'],
];

test('the benchmark measures, shows its tables, and its figures can be copied and saved', async ({
  page,
  context,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.goto('/');
  await page.getByRole('link', { name: 'Measure this device' }).click();
  await expect(page.getByRole('heading', { name: 'Benchmark' })).toBeVisible();
  // Only the part after # differs, so that the page has to be loaded anew.
  const answer = await page.goto('about:blank').then(() => page.goto(ADDRESS));
  expect(answer?.headers()['content-security-policy']).toContain("default-src 'none'");
  await expect(page.getByTestId('device')).toContainText('processor (emulated GPU)');

  // Cancelled at once, whatever it is in the middle of; then a whole run, by keyboard.
  const run = page.getByRole('button', { name: 'Run', exact: true });
  await run.press('Enter');
  const cancel = page.getByRole('button', { name: 'Cancel' });
  await expect(cancel).toBeFocused();
  await expect(page.getByTestId('progress')).toContainText('f32');
  const start = Date.now();
  await cancel.press('Enter');
  await expect(run).toBeFocused();
  expect(Date.now() - start).toBeLessThan(1000);
  await run.press('Enter');

  const steps = page.getByTestId('steps');
  await expect(steps).toBeVisible({ timeout: 120_000 });
  await expect(steps.locator('thead th')).toHaveText([
    ...['Precision', 'Capsule ms', 'Capsule memory', 'Capsule first step ms'],
  ]);
  const [precision, ...figures] = await steps.locator('tbody tr > *').allTextContents();
  expect(precision).toBe('f32');
  for (const figure of figures) expect(parseFloat(figure)).toBeGreaterThan(0);
  const sum = page.getByTestId('kernels').locator('tfoot tr');
  expect(parseFloat((await sum.locator('td').first().textContent()) ?? '')).toBeGreaterThan(20);
  await look(page, 'bench-done', { at: 'body' });

  const copied = async (name: string): Promise<string> => {
    await page.getByRole('button', { name }).click();
    await expect(page.getByText('Copied.')).toBeVisible();
    return page.evaluate(() => navigator.clipboard.readText());
  };
  const lines = (await copied('Copy as JSON')).trimEnd().split('\n');
  expect(lines).toHaveLength(1);
  const row = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
  expect(Object.keys(row)).toEqual(KEYS);
  expect(row).toMatchObject({
    network: 'Conv4_FC3',
    precision: 'f32',
    shape: '24x24x24',
    batch: 1,
  });
  expect(row['capsule_ms']).toBeGreaterThan(0);
  expect(row['capsule_bytes']).toBeGreaterThan(0);
  expect(row['stock_ms']).toBeNull();
  expect(await copied('Copy as Markdown')).toContain('| f32 |');

  const saved = async (name: string): Promise<Record<string, unknown>> => {
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name }).click();
    const text = await readFile(await (await download).path(), 'utf8');
    return JSON.parse(text) as Record<string, unknown>;
  };
  expect(await saved('Download JSON')).toMatchObject({ engine: [row] });
  const trace = await saved('Download trace');
  expect((trace['traceEvents'] as unknown[]).length).toBeGreaterThan(20);
});
