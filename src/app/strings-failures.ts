/** Words for what a folder is, for a folder that is gone or changed, and for the ways on. */
import type { FolderPart } from '../jobs/session-api.ts';
import { count } from './lib/format.ts';

const plural = (value: number, one: string, many: string): string =>
  `${count(value)} ${value === 1 ? one : many}`;

export const failureStrings = {
  waysOn: {
    access: 'Give access again',
    refused: 'The browser was not given leave. Try again, or choose the folder anew in “Start”.',
    reread: 'Read the folder again',
    chooseAgain: 'Choose the folder again',
    free: 'Remove decoded scans',
    freed: 'Removed.',
    stored: 'Look at what is stored',
    resume: 'Go on from the last save',
  },
  reopen: {
    open: (name: string): string => `Open “${name}” again`,
    forget: 'Forget it',
    help: 'The folder of your last visit. The browser may ask for leave; nothing in it was kept.',
  },
  parts: {
    legend: 'This folder holds several datasets. Work with',
    kind: {
      caps: 'CAPS, prepared by Clinica',
      bids: 'BIDS, raw images',
      derivatives: 'Derivatives of a BIDS dataset',
    } satisfies Record<FolderPart['kind'], string>,
    place: (path: string): string => (path === '' ? 'the folder itself' : path),
    size: ({ participants, sessions }: FolderPart): string =>
      `${plural(participants, 'participant', 'participants')}, ${plural(sessions, 'session', 'sessions')}`,
  },
  bids: {
    raw: 'A raw BIDS dataset',
    derived: 'A BIDS dataset of derivatives',
    what: {
      raw: 'Images as the scanner gave them, sorted by participant and session. Heads lie and are turned differently, brightness has no common scale, and nothing was registered.',
      derived: 'Images that another program made from raw ones. Its own files say what was done.',
    },
    undescribed:
      'There is no dataset_description.json that can be read: what it is follows from the names.',
    modalities: 'Modalities',
    sessionsOf: (sessions: number): string => plural(sessions, 'session', 'sessions'),
    grids: 'Grids of the images in use',
    gridsHelp: (headers: number): string =>
      `From the headers of ${plural(headers, 'image', 'images')}; orientation says where the axes of the file point to.`,
    head: { shape: 'Shape', voxel: 'Voxel size', orientation: 'Orientation', scans: 'Images' },
    voxel: (sizes: string): string => `${sizes} mm`,
    can: 'What can be done here',
    canLook: 'Look at the images, check them, see who has what, and draw sets.',
    canTrain:
      'Train on them as they are (preprocessing “custom”): they share one grid. What the network learns may be the scanner or the pose of the head; read the results with that in mind.',
    cannotTrain: (shapes: number): string =>
      `Train on them as they are only in part: they have ${count(shapes)} shapes, and a network takes one. Images of another shape than most are left out and named.`,
    better: 'What makes it a study: t1-linear',
    betterWhy:
      'Clinica’s t1-linear corrects the bias field (N4), registers each T1w image to MNI152 (ANTs, affine) and crops it to 169 × 208 × 179 voxels of 1 mm. It runs on the command line, where Clinica is installed; the CAPS that it makes opens here.',
    command: 'clinica run t1-linear BIDS_DIRECTORY CAPS_DIRECTORY',
    copy: 'Copy the command',
    copied: 'Copied',
  },
} as const;
