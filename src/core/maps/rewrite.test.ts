/** A MAPS of ClinicaDL 1.6.1, read and written again from the numbers: every text comes back byte for byte. */
import { existsSync, readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { mapsJson, toMapsParameters } from '../config/maps-parameters.ts';
import { MemoryTree } from '../files/memory-tree.ts';
import { listPaths } from '../files/read.ts';
import type { Mode } from './layout.ts';
import { openMaps, type Maps } from './reader.ts';
import type { MapsSplit } from './split-reader.ts';
import type { TaskResults } from './split-writer.ts';
import { goldFolder, referenceFolder, textOf, treeOf } from './testing/reference.ts';
import { MapsWriter, type GroupDefinition } from './writer.ts';

const DATES: Record<string, string> = {
  'best-loss/train': '07:25:10.493646',
  'best-BA/train': '07:25:11.754061',
  'best-loss/validation': '07:25:15.744404',
  'best-BA/validation': '07:25:17.146152',
  'best-BA/test': '07:25:23.441849',
  'best-loss/test': '07:25:25.085838',
};

async function definition(maps: Maps, name: string, split?: MapsSplit): Promise<GroupDefinition> {
  const { rows, label } = await maps.group(name, split);
  return { rows, label, capsDirectory: 'caps', multiCohort: false };
}

async function results(
  maps: Maps,
  split: MapsSplit,
  metric: string,
  group: string,
): Promise<TaskResults> {
  const predictions = await split.predictions(metric, group, 'image');
  const metrics = (await split.groupMetrics(metric, group, 'image')).map((of) => ({ metrics: of }));
  return {
    ...{ kind: 'classification', mode: 'image', classes: 2, predictions, metrics },
    description: {
      group,
      date: `2026-11-23 ${DATES[`best-${metric}/${group}`]}`,
      caps: new Map([['single', maps.parameters.extra.caps_directory]]),
      participants: new Set(predictions.map((prediction) => prediction.participant)).size,
      sessions: predictions.length,
    },
  };
}

async function rewritten(reference: MemoryTree): Promise<MemoryTree> {
  const maps = await openMaps(reference);
  const [split] = maps.wholeSplits();
  if (split === undefined) throw new Error('no split');
  const { config, extra } = maps.parameters;
  const information = (await textOf(reference, 'information.log')) ?? '';
  const tree = new MemoryTree('copy');
  const writer = await MapsWriter.create(tree, {
    mapsJson: mapsJson(toMapsParameters(config, extra), config.network_task),
    environment: (await textOf(reference, 'environment.txt')) ?? '',
    date: '23 Nov 2026, 07:24:49',
    path: '/data',
    network: information.slice(information.indexOf('Sequential')).trimEnd(),
    trainValidation: await maps.trainValidation(),
    splits: [
      {
        index: 0,
        train: await definition(maps, 'train', split),
        validation: await definition(maps, 'validation', split),
      },
    ],
  });
  await writer.addGroup('test', await definition(maps, 'test'));
  const log = await split.trainingLog();
  const out = writer.split(0);
  await out.writeTrainingLog(log.metrics, log.rows);
  for (const metric of split.metrics) {
    for (const group of split.resultGroups(metric)) {
      await out.writeResults(metric, group, await results(maps, split, metric, group));
    }
  }
  return tree;
}

describe('the MAPS of the reference', () => {
  const reference = treeOf(referenceFolder);
  let copy: MemoryTree;
  const texts = readdirSync(referenceFolder, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(json|tsv|txt|log)$/.test(path))
    .sort();

  beforeAll(async () => {
    copy = await rewritten(reference);
  });

  it('has the texts that are compared', () => {
    expect(texts.length).toBe(29);
  });

  it.each(texts)('comes back byte for byte: %s', async (path) => {
    expect(await textOf(copy, path)).toBe(await textOf(reference, path));
  });

  it('gets no other file', async () => {
    expect((await listPaths(copy)).sort()).toEqual(texts);
  });
});

const parts = (
  [
    ['maps_slice', 'slice'],
    ['maps_patch_multi', 'patch'],
  ] as const
).flatMap(([name, mode]) =>
  ['train', 'validation', 'test'].map((group) => [name, mode, group] as const),
);

describe.skipIf(!existsSync(goldFolder))(
  'MAPS of parts (skipped: ../shared/gold is absent)',
  () => {
    it.each(parts)(
      '%s, %s level, %s: tables come back byte for byte',
      async (name, mode, group) => {
        const folder = `split-0/best-loss/${group}`;
        const reference = treeOf(resolve(goldFolder, name));
        const [split] = (await openMaps(reference)).wholeSplits();
        if (split === undefined) throw new Error('no split');
        const read = async (level: Mode) => ({
          predictions: await split.predictions('loss', group, level),
          metrics: await split.groupMetrics('loss', group, level),
        });
        const ofParts = await read(mode);
        const ofImage = await read('image');
        const copy = new MemoryTree('copy');
        await new MapsWriter(copy).split(0).writeResults('loss', group, {
          ...{ kind: 'classification', mode, classes: 2, predictions: ofParts.predictions },
          metrics: ofParts.metrics.map((metrics, network) =>
            name === 'maps_patch_multi' ? { network, metrics } : { metrics },
          ),
          image: {
            predictions: ofImage.predictions,
            metrics: new Map(ofImage.metrics[0]?.map((metric) => [metric.name, metric.value])),
          },
          description: { group, date: '', caps: new Map(), participants: 0, sessions: 0 },
        });
        for (const table of [
          'image_level_prediction',
          'image_level_metrics',
          `${mode}_level_prediction`,
          `${mode}_level_metrics`,
        ]) {
          const path = `${folder}/${group}_${table}.tsv`;
          expect(await textOf(copy, path)).toBe(await textOf(reference, path));
        }
        expect(ofParts.metrics.length).toBe(name === 'maps_patch_multi' ? 8 : 1);
      },
    );
  },
);

const wholes = (
  [
    ['maps_age', 'regression'],
    ['maps_recon', 'reconstruction'],
  ] as const
).flatMap(([name, kind]) =>
  ['train', 'validation', 'test'].map((group) => [name, kind, group] as const),
);

describe.skipIf(!existsSync(goldFolder))(
  'MAPS of other tasks (skipped: ../shared/gold is absent)',
  () => {
    it.each(wholes)('%s, %s, %s: tables come back cell for cell', async (name, kind, group) => {
      const reference = treeOf(resolve(goldFolder, name));
      const [split] = (await openMaps(reference)).wholeSplits();
      if (split === undefined) throw new Error('no split');
      const blocks = await split.groupMetrics('loss', group, 'image');
      const copy = new MemoryTree('copy');
      await new MapsWriter(copy).split(0).writeResults('loss', group, {
        ...{ kind, mode: 'image', classes: 0 },
        predictions: await split.predictions('loss', group, 'image'),
        metrics: blocks.map((metrics) => ({ metrics })),
        description: { group, date: '', caps: new Map(), participants: 0, sessions: 0 },
      });
      for (const table of ['prediction', 'metrics']) {
        const path = `split-0/best-loss/${group}/${group}_image_level_${table}.tsv`;
        const cells = async (tree: MemoryTree) =>
          ((await textOf(tree, path)) ?? '').split(/[\t\n]/);
        expect(await cells(copy)).toEqual(await cells(reference));
      }
    });
  },
);
