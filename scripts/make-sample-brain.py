"""Makes public/sample/colin27-3mm.nii.gz, the one real brain from which sample brains are made.

The source is `ch2bet.nii.gz` (Colin27, brain-extracted, 1 mm, MNI space) of Debian's package
mricron-data. Thin remains of dura below the temporal lobes are taken away; it is smoothed by a Gaussian against aliasing, sampled by trilinear interpolation at
the voxel centres of Clinica's cropped t1-linear grid taken at 3 mm (56 x 69 x 60), and scaled so
that white matter stands at 200 of 255.

    apt-get install mricron-data python3-nibabel python3-scipy
    python3 scripts/make-sample-brain.py [ch2bet.nii.gz] [output.nii.gz]

The result is the same file, byte for byte, each time: the gzip header carries no date.
"""

import gzip
import sys

import nibabel
import numpy
from scipy import ndimage

SHAPE = (56, 69, 60)
AFFINE = numpy.array([[3, 0, 0, -83], [0, 3, 0, -118], [0, 0, 3, -77], [0, 0, 0, 1]], float)
# Widens the source's 1 mm resolution (full width at half maximum) to the grid's 3 mm.
SIGMA_MM = numpy.sqrt(3**2 - 1**2) / 2.3548
WHITE_MATTER = 200
# Below this share of white matter the smoothed rim of the brain mask is taken for background.
BACKGROUND = 0.04
# Of 255 in the source: above it tissue, below it fluid.
TISSUE = 45


def white_matter_mode(voxels: numpy.ndarray) -> float:
    """Returns the most frequent intensity in the upper half of the range: that of white matter."""
    counts, edges = numpy.histogram(voxels, bins=64, range=(voxels.max() * 0.6, voxels.max()))
    peak = int(counts.argmax())
    return float((edges[peak] + edges[peak + 1]) / 2)


def brain_only(voxels: numpy.ndarray) -> numpy.ndarray:
    """Returns the volume without what hangs on the brain by less than about 4 mm."""
    core = ndimage.binary_opening(voxels > TISSUE, iterations=2)
    parts, _ = ndimage.label(core)
    brain = parts == numpy.bincount(parts.ravel())[1:].argmax() + 1
    kept = ndimage.binary_fill_holes(ndimage.binary_dilation(brain, iterations=3))
    return numpy.where(kept, voxels, 0)


def main(source: str, output: str) -> None:
    image = nibabel.load(source)
    voxels = brain_only(numpy.asarray(image.dataobj, numpy.float64))
    smooth = ndimage.gaussian_filter(voxels, SIGMA_MM / numpy.abs(numpy.diag(image.affine)[:3]))
    to_source = numpy.linalg.inv(image.affine) @ AFFINE
    sampled = ndimage.affine_transform(
        smooth, to_source[:3, :3], to_source[:3, 3], output_shape=SHAPE, order=1
    )
    share = sampled / white_matter_mode(sampled)
    share[share < BACKGROUND] = 0
    stored = numpy.clip(numpy.rint(share * WHITE_MATTER), 0, 255).astype(numpy.uint8)

    result = nibabel.Nifti1Image(stored, AFFINE)
    result.set_sform(AFFINE, code='mni')
    result.set_qform(AFFINE, code='mni')
    result.header.set_xyzt_units('mm')
    result.header['descrip'] = b'Colin27, brain only, 3 mm; see LICENSE.txt'
    with open(output, 'wb') as file, gzip.GzipFile('', 'wb', 9, file, mtime=0) as packed:
        packed.write(result.to_bytes())


if __name__ == '__main__':
    main(*(sys.argv[1:] + [
        '/usr/share/mricron/templates/ch2bet.nii.gz',
        'public/sample/colin27-3mm.nii.gz',
    ][len(sys.argv) - 1:]))
