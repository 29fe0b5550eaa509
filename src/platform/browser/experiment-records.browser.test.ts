import { deleteDB, openDB } from 'idb';
import { afterEach, expect, it } from 'vitest';
import { experimentRecords } from './experiment-records.ts';

const NAME = 'capsule-test';
afterEach(() => deleteDB(NAME));

const byId = (records: readonly unknown[]) =>
  (records as { id: string }[]).toSorted((a, b) => (a.id < b.id ? -1 : 1));

it('records last beyond the object that wrote them', async () => {
  const store = experimentRecords(NAME);
  expect(await store.all()).toEqual([]);
  const record = { id: 'maps-1-sex', name: 'First', figures: [{ name: 'BA', value: 0.75 }] };
  await store.put(record);
  await store.put({ id: 'maps-2-age' });
  const other = experimentRecords(NAME);
  expect(byId(await other.all())).toEqual([record, { id: 'maps-2-age' }]);
});

it('a record of the same id takes the place of the old one, and goes when it is removed', async () => {
  const store = experimentRecords(NAME);
  await store.put({ id: 'a', name: 'one' } as { id: string });
  await store.put({ id: 'a', name: 'two' } as { id: string });
  expect(await store.all()).toEqual([{ id: 'a', name: 'two' }]);
  await store.remove('a');
  await store.remove('never there');
  expect(await store.all()).toEqual([]);
});

it('gives way to a page of a later version, and does not open what that one made', async () => {
  const store = experimentRecords(NAME);
  await store.put({ id: 'a' });
  const later = await openDB(NAME, 2);
  await expect(store.all()).rejects.toThrow();
  later.close();
});
