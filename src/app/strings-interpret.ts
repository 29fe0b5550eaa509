/** Sentences of the viewer, the thumbnails, the maps and the list of shortcuts. */
import type { MethodName, SettingName } from './lib/interpret-methods.ts';
import { count, percent, short } from './lib/format.ts';

const plural = (value: number, one: string, many: string): string =>
  `${count(value)} ${value === 1 ? one : many}`;

interface MethodWords {
  readonly title: string;
  readonly shows: string;
  readonly cost: string;
  /** What a value of the map is, for the colour bar. */
  readonly unit: (target: string) => string;
  /** What values below and above 0 mean, under the ends of the colour bar. */
  readonly ends: Ends;
  readonly says: string;
}

interface Ends {
  readonly falls: string;
  readonly rises: string;
}

const BRIGHTER: Ends = { falls: 'brighter lowers it', rises: 'brighter raises it' };
const SHARE: Ends = { falls: 'speaks against', rises: 'speaks for' };

const slope = (target: string): string => `change of the score of ${target} per unit of intensity`;

const methods: Readonly<Record<MethodName, MethodWords>> = {
  gradients: {
    title: 'Gradients',
    shows: 'How the score changes when the intensity of one voxel changes a little.',
    cost: 'One run of the network: the quickest, and the noisiest.',
    unit: slope,
    ends: BRIGHTER,
    says: 'A voxel with a large value is one to which the score is sensitive. That the voxel is bright, dark, thin or thick there is not said.',
  },
  'grad-cam': {
    title: 'Grad-CAM',
    shows: 'Which places of the feature maps of one layer speak for the score.',
    cost: 'One run. Coarse: as fine as the feature maps of the layer.',
    unit: (target) => `weighted activation for ${target}, no unit`,
    ends: SHARE,
    says: 'A region with a large value is one whose features, as that layer has them, speak for the score. It is coarse: neighbours of the true place are coloured too.',
  },
  'grad-cam++': {
    title: 'Grad-CAM++',
    shows: 'As Grad-CAM, better where several places speak for the score at once.',
    cost: 'One run. Coarse: as fine as the feature maps of the layer.',
    unit: (target) => `weighted activation for ${target}, no unit`,
    ends: SHARE,
    says: 'A region with a large value is one whose features speak for the score. What speaks against it is not shown.',
  },
  'guided-backpropagation': {
    title: 'Guided backpropagation',
    shows: 'Gradients without what speaks against: sharper pictures of what the layers react to.',
    cost: 'One run. Networks with ReLU alone.',
    unit: (target) => `guided change of the score of ${target}, no unit`,
    ends: BRIGHTER,
    says: 'It shows edges that the network reacts to, whatever the class: it is known to change little when the weights are randomised. Check that before reading it.',
  },
  smoothgrad: {
    title: 'SmoothGrad',
    shows: 'The mean gradient over copies of the scan with noise: less speckled than gradients.',
    cost: 'One run a copy: 50 by default.',
    unit: slope,
    ends: BRIGHTER,
    says: 'As gradients, but only what stays under noise. A voxel with a large value is one to which the score is sensitive.',
  },
  'integrated-gradients': {
    title: 'Integrated gradients',
    shows:
      'What each voxel adds to the score on the way from an empty scan to this one; all together add up to the difference.',
    cost: 'One run a step: 50 by default.',
    unit: (target) => `share of the voxel in the score of ${target}`,
    ends: SHARE,
    says: 'Values add up to the score of the scan less that of an empty one. Another choice of the empty scan gives another map.',
  },
  occlusion: {
    title: 'Occlusion',
    shows: 'How much the score falls when a cube of the scan is covered.',
    cost: 'One run a cube: hundreds on a scan of 1 mm. The slowest, and the plainest to read.',
    unit: (target) => `fall of the score of ${target} when covered`,
    ends: SHARE,
    says: 'A cube with a large value is one without which the score falls. Covered scans are unlike any the network has seen, which may move the score as well.',
  },
};

const settings: Readonly<
  Record<SettingName, { readonly title: string; readonly help: string; readonly wrong: string }>
> = {
  level: {
    title: 'Layer',
    help: 'From 1 at the scan, every layer counted. Empty: the last feature maps.',
    wrong: 'A whole number from 1, or empty.',
  },
  form: {
    title: 'Form',
    help: 'As ClinicaDL 1.6.1 computes it, or as the paper of Grad-CAM says.',
    wrong: '',
  },
  steps: { title: 'Steps', help: 'More are exacter.', wrong: 'A whole number from 1 to 1,000.' },
  baseline: {
    title: 'Baseline',
    help: 'Intensity of the empty scan; 0 is the background.',
    wrong: 'A number.',
  },
  samples: {
    title: 'Copies',
    help: 'More are smoother.',
    wrong: 'A whole number from 1 to 1,000.',
  },
  noise: {
    title: 'Noise',
    help: 'Deviation, as a share of the intensity range.',
    wrong: 'A number from 0.001 to 1.',
  },
  size: { title: 'Cube', help: 'Length in voxels.', wrong: 'A whole number from 1 to 256.' },
  stride: {
    title: 'Step',
    help: 'Voxels from one cube to the next, at most the length of the cube.',
    wrong: 'A whole number, at most the length of the cube.',
  },
  value: {
    title: 'Cover',
    help: 'Intensity under the cube; 0 is the background.',
    wrong: 'A number.',
  },
};

const targetOf = (regression: boolean, target: string): string =>
  regression ? `the predicted ${target}` : `the score of ${target}`;

export const interpretStrings = {
  viewer: {
    title: (participant: string, session: string): string =>
      [participant, session].filter((part) => part !== '').join(' · '),
    label: (name: string): string => `Viewer of ${name}`,
    describe: (name: string, overlay: string): string =>
      `${name === '' ? 'A scan' : `The scan of ${name}`} in three planes and as a render${overlay === '' ? '' : `, with ${overlay} over it`}. Arrow keys, Page Up and Page Down move the crosshair, as the sliders below do; Tab leaves the picture.`,
    none: 'Choose a participant to see the scan.',
    loading: 'Loading the scan',
    position: 'Position',
    voxel: 'Voxel',
    intensity: 'Intensity',
    saliency: 'Map',
    millimetres: (x: string, y: string, z: string): string => `${x}, ${y}, ${z} mm`,
    places: (x: string, y: string, z: string): string => `${x} ${y} ${z}`,
    /** What the crosshair has come to, for screen readers. */
    said: (mm: string, intensity: string, saliency: string | undefined): string =>
      `At ${mm}: intensity ${intensity}${saliency === undefined ? '' : `, map ${saliency}`}.`,
    radiological: 'Radiological view',
    radiologicalHelp: 'The person’s left on the right of the picture',
    layout: 'View',
    layouts: {
      all: 'All planes',
      sagittal: 'Sagittal',
      coronal: 'Coronal',
      axial: 'Axial',
      render: '3-D',
    },
    slices: { 0: 'Left to right', 1: 'Back to front', 2: 'Foot to head' },
    sliceOf: (slice: number, slices: number): string => `${count(slice)} of ${count(slices)}`,
    brightness: 'Drag for brightness',
    brightnessHelp:
      'While it is on, a drag over the picture changes window and level. The right mouse button always does.',
    window: (low: string, high: string): string => `Black ${low}, white ${high}`,
    reset: 'Reset',
    resetHelp: 'Grey values and crosshair as at the start',
    shortcuts: 'Keyboard',
    savePicture: 'Save this view',
    noWebgl: 'The viewer needs WebGL 2, which this browser does not offer.',
    lostOften:
      'The graphics context was lost several times. Reload the page to see the scan again; nothing else is lost.',
  },
  thumbnails: {
    column: 'Scan',
    none: 'no picture',
  },
  shortcuts: {
    title: 'Keyboard shortcuts',
    close: 'Close',
    help: 'They hold where they say. Tab and Shift+Tab go through everything, Enter and Space press.',
    off: 'Switch single-key shortcuts off',
    offHelp: '“?” then does nothing; the button “Keyboard” of a viewer opens this list.',
    page: 'Page',
    list: 'Lists this page’s shortcuts',
    viewer: 'In the picture of a viewer',
    viewerKeys: [
      [['←', '→'], 'One slice to the left or right'],
      [['↑', '↓'], 'One slice to the front or back'],
      [['Page Up', 'Page Down', ']', '['], 'One slice up or down'],
      [['Shift', '←', '→', '↑', '↓'], 'Turns the 3-D render'],
      [['W', 'Shift+W'], 'Wider or narrower window of grey values'],
      [['L', 'Shift+L'], 'Lower level (brighter) or higher (darker)'],
      [['R'], 'Grey values as at the start'],
    ] as const,
    tables: 'In a table of participants',
    tableKeys: [
      [['↑', '↓', 'Page Up', 'Page Down', 'Home', 'End'], 'Another row'],
      [['Space'], 'Leaves a session out, or takes it back'],
      [['Enter'], 'In predictions: computes the map of that scan'],
    ] as const,
    undo: 'In Data and Split',
    undoKeys: [
      [['Ctrl+Z'], 'Undoes an exclusion'],
      [['Ctrl+Shift+Z', 'Ctrl+Y'], 'Does it again'],
    ] as const,
  },
  look: {
    lead: 'Colours over the scan show what the score of the network depends on. Choose a method, and whom to look at.',
    leadVolumes: 'Maps explain scores.',
    volumesOnly:
      'This network makes volumes: it has no score to explain. Look at what it makes of each scan instead; Export tells how to write it.',
    noScans: 'A MAPS holds no scans. Open the CAPS folder it was trained on to see where it looks.',
    nobody: 'This MAPS has no predictions, so there is nobody to explain.',
    method: 'Method',
    methods,
    settings,
    settingsTitle: 'Settings of the method',
    stepSize: 'Cubes may not be further apart than they are long.',
    forms: { clinicadl: 'ClinicaDL 1.6.1', paper: 'Paper' },
    usual: (value: string): string => (value === '' ? 'last' : value),
    whom: 'Whom',
    oneScan: 'One scan',
    group: 'A group',
    groupHelp: 'The mean map over all scans of the group.',
    participant: 'Participant',
    option: (participant: string, session: string, label: string): string =>
      [participant, session, label].filter((part) => part !== '').join(' · '),
    ofGroup: 'Group',
    groupOption: (name: string, sessions: number): string =>
      `${name} (${plural(sessions, 'session', 'sessions')})`,
    className: 'True class',
    everyClass: 'All',
    target: 'Score of',
    value: 'Value explained',
    model: 'Model',
    selection: 'Best epoch by',
    fold: 'Fold',
    foldOption: (split: number): string => `split-${split}`,
    part: { patch: 'Patch', slice: 'Slice', roi: 'Region', image: 'Image' },
    allParts: 'All together',
    button: 'Show where it looks',
    again: 'Show again',
    checkButton: 'Check with randomised weights',
    checkHelp:
      'Makes the map again with a network that knows nothing. If both look alike, the map shows the scan, not what was learned (Adebayo et al. 2018).',
    checkTitle: 'Is it what the network learned?',
    checked: (maps: number): string =>
      maps === 1
        ? 'One map was made again.'
        : `${count(maps)} maps were made again; their mean is shown.`,
    own: 'Trained network',
    random: 'Randomised weights',
    working: 'Computing the map',
    groupSlow: (sessions: number, runs: number | undefined): string =>
      runs === undefined || runs * sessions < 200
        ? ''
        : `${plural(sessions, 'scan', 'scans')}, ${plural(runs, 'run', 'runs')} each: ${count(runs * sessions)} runs of the network.`,
    says: (label: string, probability: number): string =>
      Number.isFinite(probability)
        ? `The network says ${label}, with ${percent(probability, 1)}.`
        : `The network says ${label}.`,
    truth: (label: string, right: boolean): string =>
      right ? `That is right: ${label}.` : `That is wrong: it is ${label}.`,
    saysValue: (label: string, value: string): string => `The network says ${label} ${value}.`,
    truthValue: (value: string): string => `The table says ${value}.`,
    partSays: (part: string, label: string, probability: number): string =>
      `${part} alone says ${label}${Number.isFinite(probability) ? `, with ${percent(probability, 1)}` : ''}.`,
    groupSays: (group: string, className: string, map: number, scan: number): string =>
      `Mean map over ${plural(map, 'scan', 'scans')} of ${group}${className === '' ? '' : `, ${className} alone`}. Under it: the mean of ${plural(scan, 'scan', 'scans')}.`,
    probabilities: 'Probabilities',
    opacity: 'Opacity',
    threshold: 'Threshold',
    thresholdHelp: 'Share of the largest value below which nothing is coloured.',
    colours: 'Colours',
    colourMaps: {
      'blue-orange': 'Blue and orange',
      'purple-green': 'Purple and green',
      magma: 'Magma',
      cividis: 'Cividis',
    },
    barLabel: (unit: string, low: string, high: string, from: string): string =>
      `Colours from ${low} to ${high}: ${unit}. Nothing is coloured below ${from} in size.`,
    peak: (value: string, place: string): string => `Largest value: ${value} at ${place}.`,
    goToPeak: 'Go there',
    zero: 'The map is 0 everywhere: nothing of this scan moves the score.',
    overlay: (method: string, target: string): string => `the map of ${method} for ${target}`,
    mapSays: 'What the map says',
    mapSaysNot: 'What it does not say',
    notDiseased: (regression: boolean, target: string): string =>
      `It shows where ${targetOf(regression, target)} changes, not what is diseased. A high value is neither a lesion nor a cause, and a region without colour is not healthy.`,
    notProof:
      'It is of this network on this scan. Another network that is as good may look elsewhere: compare folds, methods and the mean over a group before you believe a place.',
    meanSays:
      'A mean map keeps what many scans share. Scans must lie in the same space, as those of one preprocessing do.',
    title: (method: string, target: string, who: string): string => `${method}, ${target}: ${who}`,
    saveFigure: 'Save figure (PNG)',
    saveMap: 'Save map (.nii.gz)',
    savedFigure: 'The figure was saved.',
    notSaved: (reason: string): string => `It could not be saved: ${reason}`,
    stale: 'The picture is of an earlier choice.',
    fromTable: 'Map',
    fromTableLabel: (participant: string, session: string): string =>
      `Where the network looks in ${participant} ${session}`,
    figure: {
      model: (
        architecture: string,
        maps: string,
        metric: string,
        split: number | undefined,
      ): string =>
        `${architecture} (${maps}, ${split === undefined ? '' : `split-${split}, `}best ${metric})`,
      threshold: (share: number, value: string): string =>
        `coloured from ${percent(share)} of the peak (${value})`,
      convention: (radiological: boolean): string =>
        radiological ? 'radiological: left is right' : 'neurological: left is left',
      at: (plane: string, mm: string): string => `${plane} ${mm} mm`,
      axes: { sagittal: 'x', coronal: 'y', axial: 'z' },
      footer: 'Not a medical device. Shows what the score depends on, not what is diseased.',
      peak: (value: number): string => short(value),
    },
  },
} as const;
