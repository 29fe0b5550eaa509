import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestDevice } from '../../tests/support/gpu.ts';
import { tinyCaps, tinyParticipants } from '../../tests/support/tiny-caps.ts';
import type { Config, PartialConfig } from '../core/config/schema.ts';
import { needFile } from '../core/files/read.ts';
import type { EngineDevice } from '../engine/device/engine-device.ts';
import type { JobEvent } from './events.ts';
import { TinyTrainings } from './training/testing/tiny-training.ts';

let device: EngineDevice;
let trainings: TinyTrainings;
beforeAll(async () => {
  device = await openTestDevice();
  const people = tinyParticipants(12);
  trainings = new TinyTrainings(device, await tinyCaps(people), people);
});
afterAll(() => device.close());

async function run(data_augmentation: Config['data_augmentation'], rest: PartialConfig = {}) {
  const losses: number[] = [];
  const evaluations: JobEvent[] = [];
  const onEvent = (event: JobEvent) => {
    if (event.kind === 'batch') losses.push(event.loss);
    if (event.kind === 'evaluation') evaluations.push(event);
  };
  const given = { data_augmentation, ...rest };
  const { maps } = await trainings.run('classification', { given, onEvent });
  const model = await (await needFile(maps, 'split-0/best-loss/model.pth.tar')).bytes();
  const json = await (await needFile(maps, 'maps.json')).bytes();
  return { losses, evaluations, model, said: new TextDecoder().decode(json) };
}

test('training batches are changed, the same way for the same seed; maps.json says how', async () => {
  const transforms = ['Noise', { name: 'Smoothing', std: [0.5, 1] }];
  const [plain, changed, again] = [await run(false), await run(transforms), await run(transforms)];
  expect(changed.losses).not.toEqual(plain.losses);
  expect(changed.losses).toEqual(again.losses);
  expect(changed.model).toEqual(again.model);
  const said = JSON.parse(changed.said) as { data_augmentation: unknown };
  expect(said.data_augmentation).toEqual(transforms);
});

test('sets are evaluated as they are', async () => {
  // Nothing that is learnt moves, and no batch statistics: evaluations can only see the images.
  const block = { in_channels: null, out_channels: 4, n_conv: 1, d_reduction: 'MaxPooling' };
  const still = {
    ...{ learning_rate: 0, weight_decay: 0, architecture: 'RandomArchitecture' },
    ...{ convolutions_dict: { conv0: block }, n_fcblocks: 1, network_normalization: 'None' },
  } as PartialConfig;
  const strong = [{ name: 'Noise', std: 3 }];
  const [plain, changed] = [await run(false, still), await run(strong, still)];
  expect(changed.losses).not.toEqual(plain.losses);
  const [one, other] = [plain.evaluations, changed.evaluations];
  expect(one.length).toBeGreaterThan(0);
  expect(other).toEqual(one);
});

test('what does not fit the images is refused before anything is trained', async () => {
  const tooLarge = run([{ name: 'RandomSwap', patch_size: 1000 }]);
  await expect(tooLarge).rejects.toMatchObject({ code: 'CONFIG_VALUE' });
  const resized = run([{ name: 'CropOrPad', shape: [8, 8, 8] }]);
  await expect(resized).rejects.toMatchObject({ code: 'CONFIG_VALUE' });
});
