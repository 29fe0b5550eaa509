/** The part of the catalogue for trying steps and for a training while it runs. */
import { bytes, count, duration, figure, percent, short } from './lib/format.ts';

const plural = (value: number, one: string, many: string): string =>
  `${count(value)} ${value === 1 ? one : many}`;

/** Steps are quick or slow: milliseconds below one second. */
export const seconds = (value: number): string => {
  if (!Number.isFinite(value)) return '–';
  if (value < 0.0005) return 'under 1 ms';
  if (value < 1) return `${short(Math.round(value * 1000))} ms`;
  return value < 10 ? `${short(value)} s` : duration(value);
};

export const trainStrings = {
  probe: {
    title: 'Try some steps',
    why: 'Trains for a moment on scans of your training set, exactly as it will be done, and throws the network away. Then memory and time are measured, not guessed.',
    button: 'Try some steps',
    again: 'Try again',
    stale: 'The settings have changed since this was measured.',
    phase: 'Opening the device anew',
    fits: (steps: number): string =>
      `It fits: ${plural(steps + 1, 'step was', 'steps were')} done on this device.`,
    fitsInParts: (part: number, batch: number): string =>
      `It fits in parts: the batch of ${count(batch)} goes through the network ${count(part)} at a time. The gradient is the mean over the batch; batch normalisation sees each part alone.`,
    fitsNot: 'It does not fit: no step could be done on this device.',
    step: 'One step',
    epoch: 'One epoch',
    split: 'One split',
    whole: (epochs: number, splits: number): string =>
      splits === 1
        ? `All ${plural(epochs, 'epoch', 'epochs')}`
        : `All ${count(splits)} splits of ${plural(epochs, 'epoch', 'epochs')}`,
    first: 'Until the first step is done',
    memory: 'GPU memory held',
    estimated: (total: number): string => `estimated ${bytes(total)}`,
    batches: (batches: number): string => plural(batches, 'step', 'steps'),
    reading: (time: number): string => `with ${seconds(time)} to read the scans once`,
    about: (time: number): string => `about ${seconds(time)}`,
    early: 'Early stopping may end a training before.',
    software: 'This device emulates a GPU on the processor: a graphics card is far faster.',
    /** For screen readers: the result in a sentence. */
    told: (step: number, whole: number): string =>
      `It fits. One step takes ${seconds(step)}, the whole training about ${seconds(whole)}.`,
  },
  run: {
    whole: 'Whole run',
    share: (share: number, left: number | undefined): string =>
      left === undefined ? percent(share) : `${percent(share)}, about ${duration(left)} left`,
    place: (epoch: number, epochs: number): string => `epoch ${count(epoch)} of ${count(epochs)}`,
    pause: 'Pause',
    pausing: 'Pausing',
    pausingWhy: 'The step that runs is finished and saved first.',
    goOn: 'Go on',
    paused: 'Paused',
    titlePaused: 'Paused',
    held: (size: number): string =>
      `Nothing is computed. The network, its optimizer and the batches read ahead stay where they are: about ${bytes(size)} of GPU memory, which other programs cannot have meanwhile. “Cancel” gives it back.`,
    safe: (epoch: number, batches: number): string =>
      batches === 0
        ? `Saved at the end of epoch ${count(epoch)}. If this tab is closed, the training goes on from there.`
        : `Saved in epoch ${count(epoch + 1)}, after step ${count(batches)}. If this tab is closed, the training goes on from there.`,
    unsafe: 'Nothing was saved yet: if this tab is closed, the training begins anew.',
    same: 'The result will be the same, to the last bit, as without the pause.',
    saved: (epoch: number, batches: number): string =>
      batches === 0
        ? `Saved at the end of epoch ${count(epoch)}.`
        : `Saved in epoch ${count(epoch + 1)}, after step ${count(batches)}.`,
    awake: 'The screen stays on while this runs.',
    asleep: 'This browser does not keep the computer awake: see that it does not go to sleep.',
    background: (hidden: number, seen: number): string =>
      hidden <= 1.25 * seen
        ? `While this tab was hidden a step took ${seconds(hidden)}, against ${seconds(seen)} in sight: the browser lets it run.`
        : `While this tab was hidden a step took ${seconds(hidden)}, against ${seconds(seen)} in sight: the browser slows hidden tabs down. A window of its own, even behind others, is faster.`,
    backgroundOnly: (hidden: number): string =>
      `While this tab was hidden a step took ${seconds(hidden)}; there is nothing in sight to compare with yet.`,
    backgroundNone: (batches: number): string =>
      batches === 0
        ? 'No step has been finished while this tab was hidden.'
        : `Only ${plural(batches, 'step was', 'steps were')} finished while this tab was hidden: too few to say whether it is slowed down.`,
  },
  curves: {
    log: 'Logarithmic',
    logHelp: 'Values of 0 and below cannot be drawn so.',
    smoothing: 'Smoothing',
    smoothingNone: 'none',
    smoothingOf: (weight: number): string =>
      weight === 0
        ? 'none'
        : `mean of about ${plural(Math.round(1 / (1 - weight)), 'batch', 'batches')}`,
    batchFile: 'Download the batches (.tsv)',
    epochFile: 'Download the epochs (.tsv)',
    group: 'How the curves are drawn',
    summary: (name: string, last: number, least: number, points: number): string =>
      `${name}: ${plural(points, 'point', 'points')}, last ${figure(last)}, least ${figure(least)}`,
  },
  inside: {
    title: 'Inside this run',
    lead: 'Looking changes nothing: the same numbers come out.',
    slices: 'Slices of the current batch',
    slicesHelp:
      'The middle planes of what the network is given: after extraction, normalisation and every other change, one pixel a voxel. The person’s left is on the left.',
    show: 'Show the next batch',
    follow: 'Follow, every few seconds',
    waiting: 'Waiting for the next batch',
    where: (epoch: number, batch: number, elements: number, shown: number): string =>
      `Epoch ${count(epoch)}, batch ${count(batch)}: ` +
      (shown < elements
        ? `the first ${count(shown)} of ${count(elements)} elements`
        : plural(elements, 'element', 'elements')),
    split: (split: number): string => `split-${split}`,
    range: (low: number, high: number): string =>
      `Black is ${figure(low)}, white is ${figure(high)}, for all alike.`,
    planes: { sagittal: 'sagittal', coronal: 'coronal', axial: 'axial' },
    sample: (participant: string, session: string, part: number | undefined): string =>
      `${participant} ${session}${part === undefined ? '' : `, part ${count(part)}`}`,
    picture: (name: string, label: string, plane: string): string =>
      `${name}${label === '' ? '' : `, ${label}`}: ${plane} plane`,
    kernels: 'GPU time by kernel',
    kernelsHelp:
      'Which of the GPU’s programs the time goes to. Each gets a pass of its own while it is timed, so these steps are a little slower.',
    kernelsNone:
      'This device has no timestamp queries: what its programs take cannot be measured. Chrome and Edge have them on most graphics cards.',
    kernelsRecorded:
      'This run records its first batches already, as the option “profiler” asks: the table will be in the MAPS.',
    time: (batches: number): string => `Time the next ${count(batches)} steps`,
    timing: (done: number, wanted: number): string =>
      `Timing: ${count(done)} of ${count(wanted)} steps`,
    untimed: 'Nothing was timed: no step came any more.',
    total: (milliseconds: number, batches: number): string =>
      `${short(milliseconds / batches)} ms on the GPU a step, over ${plural(batches, 'step', 'steps')}.`,
    clock: (milliseconds: number): string =>
      milliseconds < 0.01
        ? ''
        : `This browser rounds GPU times to ${short(milliseconds)} ms: short programs may show 0.`,
    kernelHead: {
      kernel: 'Kernel',
      count: 'Runs',
      milliseconds: 'ms',
      share: 'Share',
      gflops: 'GFLOP/s',
      gigabytes: 'GB/s',
    },
    kernelFile: 'Download (.tsv)',
  },
} as const;
