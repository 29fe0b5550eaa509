/** Trainings on the small random volumes of tests/support, with sex and age beside the diagnosis. */
import { follow } from '../../../../tests/support/follow.ts';
import { TINY_SUFFIX, type TinyParticipant } from '../../../../tests/support/tiny-caps.ts';
import { makeExtraction, type ModeOptions } from '../../../core/caps/extraction.ts';
import { mergeConfig } from '../../../core/config/parse.ts';
import type { PartialConfig, Task } from '../../../core/config/schema.ts';
import { MemoryTree } from '../../../core/files/memory-tree.ts';
import { openMaps } from '../../../core/maps/reader.ts';
import type { EngineDevice } from '../../../engine/device/engine-device.ts';
import type { JobEvent } from '../../events.ts';
import { train, type TrainRequest } from '../../train.ts';

export interface TinyTraining {
  readonly given?: PartialConfig;
  readonly mode?: ModeOptions;
  readonly request?: Partial<TrainRequest>;
  readonly onEvent?: (event: JobEvent) => void;
}

export type TinyResult = Awaited<ReturnType<TinyTrainings['run']>>;

export class TinyTrainings {
  readonly #device: EngineDevice;
  readonly #caps: MemoryTree;
  readonly #people: readonly TinyParticipant[];

  /** @param people - twelve: eight of them train */
  constructor(device: EngineDevice, caps: MemoryTree, people: readonly TinyParticipant[]) {
    this.#device = device;
    this.#caps = caps;
    this.#people = people;
  }

  async run(task: Task, { given = {}, mode = { mode: 'image' }, request, onEvent }: TinyTraining) {
    const maps = (request?.maps as MemoryTree | undefined) ?? new MemoryTree('maps');
    const config = mergeConfig(task, {
      ...{ epochs: 1, batch_size: 4, learning_rate: 1e-3 },
      ...(task === 'reconstruction' ? {} : { architecture: 'Conv4_FC3' }),
      ...given,
    });
    const preprocessing = { pipeline: 'custom', suffix: TINY_SUFFIX } as const;
    const job = train(
      {
        ...{ config, caps: this.#caps, capsDirectory: 'caps', maps, mapsDirectory: 'maps' },
        extraction: makeExtraction(preprocessing, mode, 'tiny'),
        ...{ tables: this.#tables(), tablesFolder: 'split', tsvDirectory: 'split' },
        ...{ unreadable: 'stop', runtime: 'test' },
        ...request,
      },
      {
        device: this.#device,
        clock: { now: () => 1_795_414_813_000, elapsed: () => 0 },
        signal: new AbortController().signal,
      },
    );
    const outcome = await follow(job, onEvent);
    return { maps, outcome, opened: await openMaps(maps) };
  }

  #tables(): MemoryTree {
    return new MemoryTree('tables', {
      'split/train.tsv': this.#table(0, 8),
      'split/validation_baseline.tsv': this.#table(8, 12),
      'train.tsv': this.#table(0, 12),
    });
  }

  #table(from: number, to: number): string {
    const rows = this.#people.slice(from, to).map(({ participant, diagnosis }, index) => {
      const number = from + index;
      const sex = number % 3 === 0 ? 'M' : 'F';
      return [participant, 'ses-M000', diagnosis, sex, 60.5 + number].join('\t');
    });
    return ['participant_id\tsession_id\tdiagnosis\tsex\tage', ...rows, ''].join('\n');
  }
}
