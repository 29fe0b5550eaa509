import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyConfig } from '../../core/config/testing/random-config.ts';
import { changedOptions, sameValue, valueOf } from '../../core/config/changes.ts';
import { mergeConfig } from '../../core/config/parse.ts';
import { optionsOf } from '../../core/config/schema.ts';
import type { ExperimentChoice, ModeOptions } from '../../jobs/session-api.ts';
import { linkPairs } from './config-link.ts';
import { placeOf } from './config-places.ts';
import { parseHash } from './hash-options.ts';
import { modeText, readMode } from './mode-text.ts';

const base: Omit<ExperimentChoice, 'config'> = {
  ...{ preprocessing: 't1-linear', mode: { mode: 'image' }, classes: ['AD', 'CN'] },
  ...{ validationShare: 0.2, testShare: 0.2 },
  excluded: ['sub-SECRET/ses-M000'],
};
/** Kept by the choice, and written from there. */
const ofSets = ['diagnoses', 'n_splits', 'split'];

test('every option that the page decides comes back from its link, whatever its value is', () => {
  fc.assert(
    fc.property(anyConfig, (random) => {
      // More epochs than anyone waits for are refused in an address.
      const config = { ...random, epochs: Math.min(random.epochs, 1_000_000) };
      const pairs = linkPairs({ ...base, config }, ['AD', 'CN']);
      const { linked, epochs, problems } = parseHash(`#${pairs.join('&')}`);
      expect(problems).toEqual([]);
      expect(linked?.task).toBe(config.network_task);
      const back = mergeConfig(config.network_task, {
        ...linked?.given,
        ...(epochs === undefined ? {} : { epochs }),
      });
      const other = optionsOf(config.network_task).filter(
        ({ key }) => !sameValue(valueOf(back, key), valueOf(config, key)),
      );
      const kept = other.filter(
        ({ key }) => placeOf(key) !== 'command-line' && !ofSets.includes(key),
      );
      expect(kept.map(({ key }) => key)).toEqual([]);
    }),
    { numRuns: 150 },
  );
});

test('a link says what differs from the defaults and nothing else, and can be read by people', () => {
  const config = mergeConfig('classification', {
    ...{ label: 'sex', learning_rate: 0.001, selection_metrics: ['loss', 'BA'], seed: 7 },
  });
  const choice: ExperimentChoice = {
    ...{ ...base, config, classes: ['F', 'M'], folds: 5, trainedFolds: [0, 1], testShare: 0.1 },
    mode: { mode: 'slice', direction: 1, channels: 'single', discarded: [4, 6] },
  };
  expect(linkPairs(choice, ['F', 'M']).join('&')).toBe(
    'task=classification&selection_metrics=loss,BA&label=sex&seed=7&learning_rate=0.001' +
      '&mode=slice:1:single:4,6&n_splits=5&split=0,1&test=0.1',
  );
  expect(linkPairs(choice, ['F', 'M', 'X'])).toContain('classes=F,M');
  expect(linkPairs({ ...choice, config: mergeConfig('reconstruction', {}) }, [])).not.toContain(
    'classes=F,M',
  );
});

test('no participant, no path and no file stands in a link', () => {
  const config = mergeConfig('classification', {
    ...{ transfer_path: '/secret/maps', caps_target: '/secret/caps', tsv_target_lab: '/secret' },
    ...{ tsv_target_unlab: '/secret', preprocessing_dict_target: 'secret.json' },
  });
  expect(changedOptions(config).length).toBeGreaterThan(4);
  const link = linkPairs({ ...base, config, ownSplit: 'secret-split' }, ['AD', 'CN']).join('&');
  expect(link).toBe('task=classification');
});

const modes: readonly ModeOptions[] = [
  { mode: 'image' },
  { mode: 'patch', patchSize: 50, strideSize: 25 },
  { mode: 'slice', direction: 2, channels: 'rgb', discarded: [20] },
  { mode: 'slice', direction: 0, channels: 'single', discarded: [0, 3] },
  {
    ...{ mode: 'roi', regions: ['leftHippocampusBox', 'r-2'], uncropped: true },
    ...{ customTemplate: '', customMaskPattern: '' },
  },
];

test.each(modes.map((mode) => [modeText(mode), mode] as const))('%s is read back', (text, mode) => {
  expect(readMode(text)).toEqual(mode);
});

test.each([
  ...['', 'patch', 'patch:0:1', 'patch:1', 'patch:1:1:1', 'patch:9999:1', 'slice:3:rgb:0'],
  ...['slice:0:rgb:', 'slice:0:rgb:1,2,3', 'slice:0:red:1', 'roi:', 'roi:../x', 'roi:a:b'],
  ...['image:1', 'roi:a:uncropped:x'],
])('"%s" is no mode', (text) => {
  expect(readMode(text)).toBeUndefined();
});
