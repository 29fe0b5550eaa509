/** The README of a sample cohort: what it is, what it is not, and the notices that go with it. */

import type { CohortMistake } from './mistakes.ts';

/** Both notices in full stand in `public/sample/LICENSE.txt`. */
const MNI_NOTICE = `Copyright (C) 1993-2009 Louis Collins, McConnell Brain Imaging Centre, Montreal Neurological
Institute, McGill University. Permission to use, copy, modify, and distribute this software and its
documentation for any purpose and without fee is hereby granted, provided that the above copyright
notice appear in all copies. The authors and McGill University make no representations about the
suitability of this software for any purpose. It is provided "as is" without express or implied
warranty. The authors are not responsible for any data loss, equipment damage, property loss, or
injury to subjects or patients resulting from the use or misuse of this software package.`;

const MISTAKE_NOTICE: Readonly<Record<CohortMistake, string>> = {
  leak: 'Each brain stands here under two names, and the labels are drawn by lot.',
  scaling: 'Intensities are multiplied by a factor from 1/1000 to 1000, drawn for each scan.',
  labels: 'The labels are drawn by lot: they say nothing about the volumes.',
};

export function sampleReadme(
  participants: number,
  seed: number,
  mistake: CohortMistake | undefined,
): string {
  const notice =
    mistake === undefined ? '' : `\nDELIBERATE MISTAKE, for teaching. ${MISTAKE_NOTICE[mistake]}\n`;
  return `Sample brains of Capsule: ${participants} participants, seed ${seed}
${notice}
These are simulated. Every volume is one man's brain (Colin27, Holmes et al., J Comput Assist Tomogr
1998, 22:324-333) bent, shaded and made noisy by a computer. No one was scanned for it, no one was
diagnosed, and nothing learnt from it says anything about a patient.

labels.tsv   diagnosis AD: simulated atrophy of both hippocampi. CN: none.
             age: made up; older participants have larger lateral ventricles.
             sex: made up; it changes nothing in the volume. What predicts it has overfitted.
caps/        the volumes as a CAPS, with box masks of both hippocampi
truth/       atrophy_mask.nii.gz: where atrophy can have changed a voxel, in any participant.
             The diagnoses differ there and nowhere else: hold a saliency map against it.

Colin27 comes from MRIcron (Copyright 2006-2010, Chris Rorden; BSD-3-clause) with this notice:

${MNI_NOTICE}
`;
}
