import { describe, expect, it } from 'vitest';
import { MemoryTree } from '../files/memory-tree.ts';
import { readText } from '../files/read.ts';
import { cardFacts } from './card-facts.ts';
import { modelCardText, type ModelCard } from './model-card.ts';
import { openMaps } from './reader.ts';
import { referenceFolder, treeOf } from './testing/reference.ts';

/** The card of ClinicaDL's own MAPS, with what a job adds to its files. */
async function cardOf(tree: MemoryTree, more: Partial<ModelCard> = {}): Promise<string> {
  const maps = await openMaps(tree);
  const [split] = maps.wholeSplits();
  if (split === undefined) throw new Error('no split');
  return modelCardText({
    ...(await cardFacts(tree, maps, split, 'loss')),
    ...{ config: maps.parameters.config, name: 'maps_ad', split: split.name, metric: 'loss' },
    ...{ epoch: 1, parameterCount: 12_345, inputSize: [1, 44, 40, 36], classes: ['AD', 'CN'] },
    ...{ volumes: 'T1w', steps: [{ step: 'read', description: 'Read it.' }], leakage: undefined },
    ...{ validation: 'SingleSplit', written: '2026-11-23', writer: 'Capsule' },
    weights: [{ file: 'model.pth.tar', sha256: 'ef22' }],
    ...more,
  });
}

/** The reference without the files that a pattern names. */
async function without(pattern: RegExp): Promise<MemoryTree> {
  const tree = treeOf(referenceFolder);
  const kept = new MemoryTree('maps');
  for await (const path of tree.paths()) {
    if (!pattern.test(path)) await kept.write(path, (await (await tree.file(path))?.bytes()) ?? '');
  }
  return kept;
}

describe('the card of a MAPS', () => {
  it('counts its participants by set and label, and names none of them', async () => {
    const card = await cardOf(treeOf(referenceFolder));
    // Rows of the reference's tables, counted by hand.
    expect(card).toContain('| set | participants | sessions | AD | CN | cohorts |');
    expect(card).toContain('| train | 12 | 12 | 6 | 6 | single |');
    expect(card).toContain('| validation | 4 | 4 | 2 | 2 | single |');
    expect(card).toContain('| test | 4 | 4 | 2 | 2 | single |');
    expect(card).not.toMatch(/sub-|SYN\d/);
  });

  it('has the metrics of every group as the tables have them', async () => {
    const tree = treeOf(referenceFolder);
    const card = await cardOf(tree);
    const path = 'split-0/best-loss/test/test_image_level_metrics.tsv';
    const rows = (await readText(tree, path)).split('\n').map((line) => line.split('\t'));
    const [names = [], values = [], lower = [], upper = []] = rows;
    const test = card.slice(card.indexOf('**test**'), card.indexOf('**train**'));
    for (const [column, name] of names.entries()) {
      if (column === 0) continue;
      const line = test.split('\n').find((row) => row.startsWith(`| ${name} |`)) ?? '';
      const [value = '', interval = ''] = line.split(' | ').slice(1);
      // All four of the group are predicted to be CN: nothing is known of predictions of AD.
      if (['PPV', 'MCC', 'MK', 'LR_plus'].includes(name)) {
        expect(line, name).toBe(`| ${name} | - |  |`);
        continue;
      }
      expect(Number(value), name).toBeCloseTo(Number(values[column]), 3);
      if (name === 'loss') continue;
      const [low, high] = interval.replace(' |', '').split(' to ').map(Number);
      expect(low, name).toBeCloseTo(Number(lower[column]), 3);
      expect(high, name).toBeCloseTo(Number(upper[column]), 3);
    }
    expect(test).toContain('A dash: not defined for this group');
    expect(card).toContain('The smallest test group has 4 sessions.');
  });

  it('says how it was trained, when, and with what', async () => {
    const card = await cardOf(treeOf(referenceFolder));
    expect(card).toContain('| learning_rate | 0.0001 |');
    expect(card).toContain('| date of training | 23 Nov 2026, 07:24:49 |');
    expect(card).toContain('clinicadl==1.6.1');
    expect(card).toMatch(/\(and \d+ more\)/);
    expect(card).toContain('Device: not in the MAPS.');
    expect(card).toContain('**Not a medical device:**');
    expect(card).toContain('tells AD and CN apart');
  });

  it('says what is absent instead of making it up', async () => {
    const card = await cardOf(
      await without(/^groups\/|description\.log|^(environment|information)/),
    );
    expect(card).toContain('Participants: not in the MAPS.');
    expect(card).toContain('Metrics of the model chosen by loss: not in the MAPS.');
    expect(card).toContain('| date of training | not in the MAPS |');
    expect(card).toContain('Versions and device: not in the MAPS.');
    expect(card).toContain('An audit for leakage between the sets: not in the MAPS.');
    expect(card).toContain('No result on a group that training has not seen is in the MAPS.');
    expect(card).not.toMatch(/undefined|NaN/);
  });

  it('never hides leakage', async () => {
    const findings = [
      { code: 'LEAKAGE_PARTICIPANTS', sentence: 'Participants stand in two sets.' },
    ];
    const leakage = { verdict: 'leaky', overridden: true, findings, leakyGroups: ['test'] };
    const card = await cardOf(treeOf(referenceFolder), { leakage });
    const said = 'The audit of the training said: **leaky**. Training went on in spite of it.';
    expect(card).toContain(said);
    expect(card).toContain('The group "test" has people of the training in it');
    expect(card).toContain('- LEAKAGE_PARTICIPANTS: Participants stand in two sets.');
  });

  it('shows names of folders, not where they are', async () => {
    const { config } = (await openMaps(treeOf(referenceFolder))).parameters;
    const path = '/home/somebody/secret/maps_init/';
    const card = await cardOf(treeOf(referenceFolder), {
      config: { ...config, transfer_path: path },
    });
    expect(card).toContain('| transfer_path | maps_init |');
    expect(card).not.toContain('somebody');
  });

  it('keeps a table whole whatever a name holds', async () => {
    const card = await cardOf(treeOf(referenceFolder), { classes: ['A|B', 'C\nD'] });
    expect(card).toContain('| classes (code) | A\\|B (0), C D (1) |');
  });

  it('a damaged table is an error, not an absent fact', async () => {
    const tree = treeOf(referenceFolder);
    await tree.write(
      'split-0/best-loss/test/test_image_level_metrics.tsv',
      'Metrics\tBA\nValues\tx\n',
    );
    await expect(cardOf(tree)).rejects.toThrow(/MAPS_DAMAGED/);
  });

  it('of a regression: mean and deviation of the value', async () => {
    const tree = treeOf(referenceFolder);
    const maps = await openMaps(tree);
    const [split] = maps.wholeSplits();
    const table = 'participant_id\tsession_id\tcohort\tage\n';
    const rows = [20, 30, 70].map((age, at) => `sub-${at}\tses-M000\tsingle\t${age}\n`);
    await tree.write('groups/test/data.tsv', table + rows.join(''));
    const { parameters } = maps;
    Object.assign(parameters.config, { network_task: 'regression', label: 'age' });
    const facts = split === undefined ? undefined : await cardFacts(tree, maps, split, 'loss');
    const test = facts?.sets.find(({ name }) => name === 'test');
    expect(test?.values?.mean).toBe(40);
    // (400 + 100 + 900) / 2
    expect(test?.values?.deviation).toBeCloseTo(Math.sqrt(700), 9);
    expect(test?.labels).toBeUndefined();
  });
});
