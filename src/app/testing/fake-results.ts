/** Plans, results and stored models of the fake session. */
import type {
  ExperimentChoice,
  GroupResult,
  MetricFigure,
  ModelSummary,
  ParticipantRow,
  Plan,
  PlannedNetwork,
  SetName,
} from '../../jobs/session-api.ts';
import { describe } from '../../core/errors.ts';
import { auditExperiment } from '../../core/leakage/audit.ts';
import type { AuditSet, Scan } from '../../core/leakage/experiment.ts';
import { stream } from '../../core/random/philox.ts';
import { fakeShape, generator } from './fake-data.ts';

const groups: readonly SetName[] = ['train', 'validation', 'test'];

export function fakePlan(
  choice: ExperimentChoice,
  rows: readonly ParticipantRow[],
  scans?: readonly Scan[],
): Plan {
  const excluded = new Set(choice.excluded);
  const sets: Record<SetName, string[]> = { train: [], validation: [], test: [] };
  const balance: Record<SetName, Record<string, number>> = { train: {}, validation: {}, test: {} };
  const isClassified = choice.config.network_task === 'classification';
  for (const value of isClassified ? choice.classes : ['everyone']) {
    const members = rows.filter(
      ({ participant, session, cells }) =>
        (!isClassified || cells[choice.config.label ?? ''] === value) &&
        !excluded.has(`${participant}/${session}`),
    );
    const test = Math.round(members.length * choice.testShare);
    const validation = Math.round(members.length * choice.validationShare);
    const drawn = stream(choice.config.seed, value).shuffle([...members]);
    drawn.forEach(({ participant, session }, index) => {
      const set = index < test ? 'test' : index < test + validation ? 'validation' : 'train';
      sets[set].push(`${participant}/${session}`);
      if (isClassified) balance[set][value] = (balance[set][value] ?? 0) + 1;
    });
  }
  // `?leaky`: three participants are tested on what they trained.
  if (new URLSearchParams(location.search).has('leaky')) sets.test.push(...sets.train.slice(0, 3));
  const parameters = choice.config.architecture === 'Conv5_FC3' ? 2_812_322 : 1_130_402;
  const activations = choice.config.batch_size * 61_000_000;
  const total = 4 * 4 * parameters + activations + choice.config.batch_size * 457_056;
  const fits = total < 1.5 * 2 ** 30;
  const audit = auditExperiment({
    ...{ sets: auditedSets(sets), label: choice.config.label ?? '', scans },
  });
  return {
    sets,
    folds: foldsOf(sets, choice.folds ?? 1),
    audit,
    balance,
    elements: choice.mode.mode === 'image' ? 1 : 27,
    refused:
      choice.mode.mode === 'slice' && choice.config.architecture === 'ResNet3D'
        ? [describe('NETWORK_INPUT', { expected: 'ResNet3D takes elements in 3D' })]
        : [],
    network: {
      inputShape: [1, 56, 69, 60],
      name: choice.config.architecture,
      parameterCount: parameters,
      layers: layers(choice),
    },
    memory: {
      parameterCount: parameters,
      parameters: 4 * parameters,
      gradients: 4 * parameters,
      optimizer: 8 * parameters,
      activations,
      workspace: 0,
      input: choice.config.batch_size * 457_056,
      total,
      largestBuffer: activations / 6,
      microBatchSize: choice.config.batch_size,
      fits,
      reasons: fits
        ? []
        : ['The first feature map needs 244 MiB in one buffer; this device binds 128 MiB at most.'],
    },
    shared: 0,
    problems: [],
  };
}

/** Everyone outside the test set validates once. */
function foldsOf(sets: Plan['sets'], count: number): Plan['folds'] {
  const { train, validation, test } = sets;
  if (count < 2) return [{ train, validation }];
  const pool = [...train, ...validation].filter((key) => !test.includes(key)).sort();
  return Array.from({ length: count }, (_, fold) => ({
    train: pool.filter((_key, index) => index % count !== fold),
    validation: pool.filter((_key, index) => index % count === fold),
  }));
}

function auditedSets(sets: Plan['sets']): AuditSet[] {
  return groups.map((role) => ({
    ...{ name: role, role, split: 0 },
    rows: sets[role].map((key) => {
      const [participant = '', session = ''] = key.split('/');
      return { participant, session, file: `${role}.tsv` };
    }),
  }));
}

function layers(choice: ExperimentChoice): PlannedNetwork['layers'] {
  const blocks = choice.config.architecture === 'Conv5_FC3' ? 5 : 4;
  const list: { name: string; outputShape: number[]; parameters: number }[] = [];
  let channels = 1;
  let shape: number[] = [...fakeShape];
  for (let block = 0; block < blocks; block += 1) {
    const next = 8 * 2 ** block;
    const add = (name: string, parameters: number): void => {
      list.push({ name, outputShape: [...shape, next], parameters });
    };
    add(`Conv3d ${block + 1}`, 27 * channels * next + next);
    add('BatchNorm3d', 2 * next);
    add('ReLU', 0);
    shape = shape.map((size) => Math.ceil(size / 2));
    add('PadMaxPool3d', 0);
    channels = next;
  }
  const flat = channels * shape.reduce((a, b) => a * b, 1);
  const add = (name: string, size: number, parameters: number): void => {
    list.push({ name, outputShape: [size], parameters });
  };
  add('Flatten', flat, 0);
  add('Dropout', flat, 0);
  add('Linear', 1300, flat * 1300 + 1300);
  add('ReLU', 1300, 0);
  add('Linear', 50, 65_050);
  add('ReLU', 50, 0);
  const outputs = Math.max(1, choice.classes.length);
  add('Linear', outputs, 51 * outputs);
  return list;
}

export function fakeModel(choice: ExperimentChoice, plan: Plan, name: string): ModelSummary {
  const random = generator(11);
  const metrics = ['loss', 'BA'];
  const truth = (set: SetName): { participant: string; session: string; value: string }[] => {
    let left = 0;
    return choice.classes.flatMap((value) => {
      const size = plan.balance[set][value] ?? 0;
      const members = plan.sets[set].slice(left, left + size);
      left += size;
      return members.map((key) => {
        const [participant = '', session = ''] = key.split('/');
        return { participant, session, value };
      });
    });
  };
  const results = metrics.flatMap((selectionMetric) =>
    groups.map((group): GroupResult => {
      const share = group === 'train' ? 0.97 : 0.8;
      const confusion = choice.classes.map(() => choice.classes.map(() => 0));
      const predictions = truth(group).map(({ participant, session, value }) => {
        const real = choice.classes.indexOf(value);
        const said = random() < share ? real : (real + 1) % choice.classes.length;
        const line = confusion[real];
        if (line !== undefined) line[said] = (line[said] ?? 0) + 1;
        const certain = 0.55 + 0.44 * random();
        const rest = (1 - certain) / (choice.classes.length - 1);
        return {
          participant,
          session,
          trueLabel: value,
          predictedLabel: choice.classes[said] ?? '',
          probabilities: choice.classes.map((_, index) => (index === said ? certain : rest)),
        };
      });
      return { group, selectionMetric, confusion, metrics: fakeMetrics(share), predictions };
    }),
  );
  return {
    name,
    ...{ task: 'classification', mode: 'image' },
    architecture: choice.config.architecture,
    label: choice.config.label ?? '',
    classes: choice.classes,
    inputSize: [1, ...fakeShape],
    selectionMetrics: metrics,
    bestEpochs: { loss: choice.config.epochs - 1, BA: Math.max(0, choice.config.epochs - 3) },
    results: results.filter(({ predictions }) => predictions.length > 0),
    history: Array.from({ length: choice.config.epochs }, (_, epoch) => ({
      epoch,
      iteration: 3,
      train: 2.7 * Math.exp(-0.25 * epoch) + 0.1,
      validation: 0.7 * Math.exp(-0.18 * epoch) + 0.12 + 0.02 * random(),
    })),
    finished: true,
  };
}

function fakeMetrics(share: number): Record<string, MetricFigure> {
  const near = (value: number): MetricFigure => ({
    value,
    low: Math.max(0, value - 0.22),
    high: Math.min(1, value + 0.15),
  });
  return {
    BA: near(share),
    accuracy: near(share),
    F1_score: near(share - 0.02),
    sensitivity: near(share - 0.05),
    specificity: near(share + 0.02),
    PPV: near(share),
    NPV: near(share - 0.03),
    MCC: { value: 2 * share - 1, low: 2 * share - 1.4, high: Math.min(1, 2 * share - 0.8) },
    LR_plus: { value: 5.2 },
    AUC: { value: NaN },
    loss: { value: 0.41 },
  };
}
