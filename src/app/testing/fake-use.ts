/**
 * What the fake session answers to someone who uses a model: `?lacking` (scans that do not fit),
 * `?seen` (people of the training among them), `?folds=5` (several splits).
 */
import { CapsuleError } from '../../core/errors.ts';
import type {
  CheckedScan,
  ModelSummary,
  OnEvent,
  ParticipantRow,
  ScanPrediction,
  Session,
} from '../../jobs/session-api.ts';
import { generator } from './fake-data.ts';

interface World {
  readonly query: URLSearchParams;
  readonly steps: (o: OnEvent, phase: string, unit: string, total: number) => Promise<void>;
  readonly model: () => ModelSummary | undefined;
  readonly rows: () => readonly ParticipantRow[];
}

type Use = Pick<Session, 'modelFacts' | 'checkScans' | 'predictScans'>;

export function fakeUse({ query, steps, model, rows }: World): Use {
  const pattern = '*space-MNI152NLin2009cSym_desc-Crop_res-1x1x1_T1w.nii.gz';
  const checked = (row: ParticipantRow, index: number): CheckedScan => {
    const { participant, session } = row;
    const label = row.cells['diagnosis'] ?? '';
    const about = { participant, session, label };
    if (query.has('lacking') && index % 9 === 4) {
      return { ...about, fault: 'missing', found: `subjects/${participant}/${session}/t1_linear` };
    }
    if (query.has('lacking') && index % 13 === 6) {
      return { ...about, fault: 'shape', found: '193 × 229 × 193' };
    }
    const seen = query.has('seen') && index % 10 === 3 ? { seen: 'train' as const } : {};
    return { ...about, found: '169 × 208 × 179', ...seen };
  };
  return {
    modelFacts: () =>
      Promise.resolve({
        ...{ parameters: 1_284_934, pattern, date: '14 March 2026' },
        volumes: 'T1w Image registered in MNI152NLin2009cSym space using t1-linear pipeline',
        steps: ['Read the volume as float32.', 'Scale the intensities to 0 to 1.'],
        sets: [
          {
            ...{ name: 'train', participants: 214, sessions: 214 },
            labels: [
              { name: 'AD', sessions: 98 },
              { name: 'CN', sessions: 116 },
            ],
          },
          {
            ...{ name: 'validation', participants: 54, sessions: 54 },
            labels: [
              { name: 'AD', sessions: 25 },
              { name: 'CN', sessions: 29 },
            ],
          },
        ],
        madeWith: ['clinicadl==1.6.1', 'torch==2.1.0'],
        splits: model()?.splits ?? [0],
        audit: { verdict: 'clean', overridden: false },
        namesParticipants: true,
      }),
    checkScans: async (onEvent) => {
      await steps(onEvent, 'Checking the scans', 'scans', 12);
      const scans = rows().map(checked);
      const fitting = scans.filter(({ fault }) => fault === undefined).length;
      const seen = scans.filter((scan) => scan.seen !== undefined).length;
      const isWhole = fitting === scans.length;
      return {
        ...{ scans, group: 'study' },
        ...(query.get('device') === 'none' ? { secondsPerScan: 21 } : {}),
        aspects: [
          {
            ...{ aspect: 'preprocessing', verdict: isWhole ? 'fits' : 'differs' },
            ...{ expected: pattern, found: `${fitting} of ${scans.length} sessions have it` },
          },
          {
            ...{ aspect: 'shape', verdict: isWhole ? 'fits' : 'differs' },
            ...{ expected: '169 × 208 × 179 voxels', found: `169 × 208 × 179 (${fitting})` },
          },
          {
            ...{ aspect: 'spacing', verdict: 'fits' },
            ...{ expected: '1 × 1 × 1 mm', found: `1 × 1 × 1 mm (${fitting})` },
          },
          {
            ...{ aspect: 'labels', verdict: 'fits' },
            ...{ expected: 'diagnosis: AD, CN', found: `${scans.length} sessions have one` },
          },
          {
            ...{ aspect: 'people', verdict: seen === 0 ? 'fits' : 'differs' },
            ...{ expected: 'nobody of the 268 whom training has seen' },
            found: `${seen} of ${scans.length} participants`,
          },
        ],
      };
    },
    predictScans: async (request, onEvent) => {
      await steps(onEvent, `Predicting "${request.group}"`, 'elements', 20);
      const open = model();
      if (open === undefined) throw new CapsuleError('NO_MODEL');
      const random = generator(41);
      const splits = request.splits.length > 0 ? request.splits : (open.splits ?? [0]);
      const said = rows().filter((row) =>
        request.sessions.some((one) => one.participant === row.participant),
      );
      const predictions = said.map((row, index): ScanPrediction => {
        const share = 0.5 + random() / 2;
        const code = random() > 0.45 ? 0 : 1;
        const seen = request.withSeen ? checked(row, index).seen : undefined;
        const isNumber = open.task === 'regression';
        const label = isNumber ? String(60 + 30 * random()) : (open.classes[code] ?? '');
        return {
          ...{ participant: row.participant, session: row.session, seen, predictedLabel: label },
          trueLabel: isNumber ? String(60 + 30 * random()) : (row.cells['diagnosis'] ?? ''),
          probabilities: isNumber ? [] : code === 0 ? [share, 1 - share] : [1 - share, share],
          ...(splits.length > 1
            ? { spread: random() / 8, bySplit: splits.map(() => label) }
            : { bySplit: [] }),
        };
      });
      const test = open.results[0];
      const result = {
        ...{ group: request.group, selectionMetric: request.selectionMetric, confusion: [] },
        ...{ metrics: test?.metrics ?? {}, predictions },
      };
      return {
        ...{ group: request.group, selectionMetric: request.selectionMetric, splits },
        ...{ rows: predictions, metrics: result.metrics, remarks: [], leftOut: [], seconds: 12 },
        tables: [`split-0/best-loss/${request.group}/${request.group}_image_level_prediction.tsv`],
        model: { ...open, results: [...open.results, result] },
      };
    },
  };
}
