import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import reference from '../../../tests/fixtures/evaluation-sklearn.json';
import { MemoryTree } from '../../core/files/memory-tree.ts';
import { openMaps } from '../../core/maps/reader.ts';
import type { EvaluationRequest, ModelSummary } from '../session-api.ts';
import { evaluateGroup } from '../../core/evaluation/evaluate-group.ts';
import { compareModels } from '../../core/evaluation/compare-models.ts';
import { readMaps } from './read-maps.ts';
import { splitFigures } from './split-figures.ts';

// A MAPS of ClinicaDL 1.6.1; the figures are scikit-learn's (evaluation-sklearn.py).
const FOLDER = 'tests/fixtures/reference/synthetic/maps_ad';
type Bytes = Uint8Array<ArrayBuffer>;
let model: ModelSummary;

/** @param change - given each file; undefined leaves it out */
function copyOf(
  name: string,
  change: (path: string, bytes: Bytes) => Bytes | string | undefined,
): MemoryTree {
  const files = readdirSync(FOLDER, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const kept = files.flatMap((file) => {
    const path = file.slice(FOLDER.length + 1);
    const content = change(path, Uint8Array.from(readFileSync(file)));
    return content === undefined ? [] : [[path, content] as const];
  });
  return new MemoryTree(name, Object.fromEntries(kept));
}
const whole = () => copyOf('maps_ad', (_path, bytes) => bytes);

beforeAll(async () => {
  model = await readMaps(whole());
});

function asked(group: string): EvaluationRequest {
  const rows = (of: string) =>
    model.results.find((one) => one.group === of && one.selectionMetric === 'loss')?.predictions ??
    [];
  return {
    ...{ task: model.task, classes: model.classes, group, isWhole: model.mode === 'image' },
    ...{ rows: rows(group), trained: rows('train'), seed: model.config?.seed ?? 0 },
  };
}

describe('a MAPS that ClinicaDL wrote', () => {
  it('is read where it lies, with its configuration', () => {
    expect(model).toMatchObject({ name: 'maps_ad', task: 'classification', classes: ['AD', 'CN'] });
    expect(model.config).toMatchObject({ architecture: 'Conv4_FC3', batch_size: 4, seed: 7 });
  });

  it.each(['train', 'validation', 'test'] as const)(
    'has the curve of scikit-learn: %s',
    (group) => {
      const { classification } = evaluateGroup(asked(group));
      const [curve] = classification?.roc ?? [];
      const wanted = reference.maps[group];
      const near = (values: readonly number[] = []) =>
        values.map((value) => expect.closeTo(value, 12) as number);
      expect(curve?.area.value).toBeCloseTo(wanted.auc, 12);
      expect(curve?.points.map((point) => point.falsePositiveRate)).toEqual(near(wanted.fpr));
      expect(curve?.points.map((point) => point.truePositiveRate)).toEqual(near(wanted.tpr));
      expect(classification?.calibrationError.value).toBeCloseTo(wanted.ece, 12);
      expect(classification?.balancedAccuracy).toBeCloseTo(wanted.balancedAccuracy, 12);
    },
  );

  it('says of its four test sessions that they cannot show anything', () => {
    const { classification, sessions } = evaluateGroup(asked('test'));
    expect(sessions).toBe(4);
    expect(classification?.said).toEqual(['CN']);
    expect(classification?.chance.least).toBe(1 / 6);
    expect(classification?.guess.accuracy).toBe(0.5);
  });

  it('has no precision where nobody was called positive, whatever its table says', () => {
    const test = model.results.find(({ group }) => group === 'test');
    expect(test?.metrics['PPV']).toEqual({ value: NaN, isUndefined: true });
    expect(test?.metrics['MCC']?.isUndefined).toBe(true);
    expect(test?.metrics['F1_score']).toEqual({ value: 0, low: 0, high: 0 });
    expect(test?.metrics['BA']).toMatchObject({ value: 0.5, low: 0, high: 0.5 });
  });

  it('is like itself', () => {
    const { rows } = asked('test');
    const found = compareModels({ ...asked('test'), first: rows, second: rows });
    expect(found.sessions).toBe(4);
    expect(found.metrics.map(({ difference }) => difference.value)).toEqual([0, 0, 0, 0, 0]);
  });
});

/** The MAPS with a second split, whose predictions of the test set are `change`d. */
async function withSecondSplit(change: (table: string) => string): Promise<MemoryTree> {
  const second: Record<string, Bytes | string> = {};
  const tree = copyOf('maps_two', (path, bytes) => {
    if (!path.includes('split-0')) return bytes;
    const isTest = path.endsWith('test_image_level_prediction.tsv');
    second[path.replace('split-0', 'split-1')] = isTest
      ? change(new TextDecoder().decode(bytes))
      : bytes;
    return bytes;
  });
  for (const [path, content] of Object.entries(second)) await tree.write(path, content);
  return tree;
}

describe('figures by split', () => {
  it('are none for a single one', async () => {
    expect(await splitFigures(await openMaps(whole()))).toEqual([]);
  });

  it('stand beside those of all splits together, by the mean of their probabilities', async () => {
    // The second split is sure of what is true: AD is 0, CN is 1.
    const tree = await withSecondSplit((table) =>
      table
        .split('\n')
        .map((line, at) => {
          const cells = line.split('\t');
          if (at === 0 || cells.length < 7) return line;
          const truth = cells[3];
          return [
            ...cells.slice(0, 4),
            truth,
            ...(truth === '0' ? ['0.9', '0.1'] : ['0.1', '0.9']),
          ].join('\t');
        })
        .join('\n'),
    );
    const found = await splitFigures(await openMaps(tree));
    const test = found.find(
      ({ group, selectionMetric }) => group === 'test' && selectionMetric === 'loss',
    );
    expect(test?.splits.map(({ split }) => split)).toEqual([0, 1]);
    expect(test?.splits[0]?.metrics['BA']).toMatchObject({ value: 0.5 });
    expect(test?.splits.map(({ metrics }) => metrics['AUC']?.value)).toEqual([1, 1]);
    expect(test?.ensemble?.['BA']?.value).toBe(1);
    expect(test?.ensemble?.['AUC']?.value).toBe(1);
    expect(found.find(({ group }) => group === 'train')?.ensemble).toBeUndefined();
  });
});

it('a MAPS without participants has its metrics and no rows', async () => {
  const tree = copyOf('maps_bare', (path, bytes) =>
    path.endsWith('prediction.tsv') ? undefined : bytes,
  );
  const bare = await readMaps(tree);
  const test = bare.results.find(({ group }) => group === 'test');
  expect(test).toMatchObject({ predictions: [], confusion: [] });
  expect(test?.metrics['BA']?.value).toBe(0.5);
});
