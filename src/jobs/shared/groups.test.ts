import { describe, expect, test } from 'vitest';
import { defaultConfig, TASKS } from '../../core/config/schema.ts';
import { openMaps } from '../../core/maps/reader.ts';
import { referenceFolder, treeOf } from '../../core/maps/testing/reference.ts';
import { checkGroup, sessionsOfGroup, type NewGroup } from './groups.ts';
import { metricsOf, modelOf, refuseOtherShape } from './model.ts';
import { refuseUnknownMetrics } from './task.ts';

const GROUP = 'groups/test/data.tsv';

/** ClinicaDL's MAPS with another table of its test group. */
async function opened(table?: string) {
  const tree = treeOf(referenceFolder);
  if (table !== undefined) await tree.write(GROUP, table.replaceAll(' ', '\t'));
  const maps = await openMaps(tree);
  const [split] = maps.wholeSplits();
  if (split === undefined) throw new Error('no split');
  return { maps, split, model: modelOf(maps) };
}

describe('the sessions of a group', () => {
  test('have the codes of their labels', async () => {
    const { maps, split, model } = await opened();
    const { sessions, labelled } = await sessionsOfGroup(maps, model, 'test', split);
    // Of the committed table: CN is 1.
    expect(sessions.map(({ code }) => code)).toEqual([1, 0, 1, 0]);
    expect(labelled).toBe(true);
  });

  test('without labels have -1, as in ClinicaDL', async () => {
    const table = 'participant_id session_id cohort\nsub-1 ses-0 single\nsub-2 ses-0 single\n';
    const { maps, split, model } = await opened(table);
    const found = await sessionsOfGroup(maps, model, 'test', split);
    expect(found.sessions.map(({ code }) => code)).toEqual([-1, -1]);
    expect(found).toMatchObject({ labelled: false });
    expect(found.stranger).toBeUndefined();
  });

  test('with a label that the model does not know have none, and it is said', async () => {
    const head = 'participant_id session_id cohort diagnosis';
    const table = `${head}\nsub-1 ses-0 single AD\nsub-2 ses-0 single MCI\n`;
    const { maps, split, model } = await opened(table);
    const found = await sessionsOfGroup(maps, model, 'test', split);
    expect(found.sessions.map(({ code }) => code)).toEqual([0, -1]);
    expect(found).toMatchObject({
      labelled: false,
      stranger: expect.stringMatching(/"MCI".*AD, CN/) as string,
    });
  });

  test('of another column than the group has are refused', async () => {
    const { maps, split, model } = await opened();
    await expect(sessionsOfGroup(maps, model, 'test', split, 'sex')).rejects.toThrow(
      /MAPS_GROUP.*"sex".*"diagnosis"/,
    );
  });
});

describe('a new group', () => {
  const group = (participant: string): NewGroup => ({
    rows: [{ participant, session: 'ses-M000', cohort: 'single', label: 'AD' }],
    ...{ labelled: true, capsDirectory: 'caps', checkLeakage: true },
  });

  test('with someone whom training has seen is refused, and told what to do', async () => {
    const { maps, model } = await opened();
    const [seen] = await maps.trainValidation();
    await expect(checkGroup(maps, model, 'new', group(seen?.participant ?? ''))).rejects.toThrow(
      /LEAKAGE_PARTICIPANTS.*found 1: sub-SYN.*--skip_leak_check/,
    );
    await expect(checkGroup(maps, model, 'new', group('sub-X'))).resolves.toBeUndefined();
  });

  test('of the name of another one is refused', async () => {
    const { maps, model } = await opened();
    await expect(checkGroup(maps, model, 'test', group('sub-X'))).rejects.toMatchObject({
      code: 'MAPS_GROUP',
    });
  });
});

describe('what does not fit a model', () => {
  test('elements of another shape', async () => {
    const { model } = await opened();
    expect(() => refuseOtherShape(model, [1, 44, 40, 36])).not.toThrow();
    for (const shape of [
      [1, 44, 40, 35],
      [3, 44, 40, 36],
      [1, 40, 44, 36],
    ]) {
      expect(() => refuseOtherShape(model, shape)).toThrow(/NETWORK_INPUT.*44 x 40 x 36/);
    }
  });

  test('a metric that chose none of its models, with those that there are', async () => {
    const { split } = await opened();
    expect(metricsOf(split, [])).toEqual(['BA', 'loss']);
    expect(() => metricsOf(split, ['accuracy'])).toThrow(
      /SELECTION_METRIC.*--selection_metrics: BA or loss/,
    );
    expect(() => metricsOf(split, ['los'])).toThrow('Did you mean "loss"?');
  });

  test.each([
    ['classification', 'ba', 'BA'],
    ['regression', 'r2score', 'R2_score'],
    ['reconstruction', 'ssim', 'SSIM'],
  ] as const)('a metric that the task %s does not have: %s', (task, typed, meant) => {
    const config = { ...defaultConfig(task), selection_metrics: ['loss', typed] };
    expect(() => {
      refuseUnknownMetrics(config);
    }).toThrow(new RegExp(`SELECTION_METRIC.*found ${typed}.*Did you mean "${meant}"`));
  });

  test('no metric of a task is refused for it', () => {
    for (const task of TASKS) expect(() => refuseUnknownMetrics(defaultConfig(task))).not.toThrow();
  });
});
