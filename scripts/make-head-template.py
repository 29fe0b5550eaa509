"""Makes public/quality/colin27-head-3mm.nii.gz, the template of whole heads for quality checks.

The source is `ch2.nii.gz` (Colin27, 1 mm, MNI space, skull and scalp kept) of Debian's package
mricron-data. As `make-sample-brain.py` does for the brain, it is smoothed by a Gaussian against
aliasing, sampled by trilinear interpolation at the voxel centres of Clinica's cropped t1-linear grid
taken at 3 mm (56 x 69 x 60), and scaled so that white matter stands at 160 of 255: fat is brighter.

    apt-get install mricron-data python3-nibabel python3-scipy
    python3 scripts/make-head-template.py [ch2.nii.gz] [output.nii.gz]

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
WHITE_MATTER = 160
# In the corpus callosum and the centrum semiovale, MNI mm: there is nothing but white matter.
WHITE_AT = ((0, 25, 3), (25, -10, 32), (-25, -10, 32))


def main(source: str, output: str) -> None:
    image = nibabel.load(source)
    voxels = numpy.asarray(image.dataobj, numpy.float64)
    smooth = ndimage.gaussian_filter(voxels, SIGMA_MM / numpy.abs(numpy.diag(image.affine)[:3]))
    to_source = numpy.linalg.inv(image.affine) @ AFFINE
    sampled = ndimage.affine_transform(
        smooth, to_source[:3, :3], to_source[:3, 3], output_shape=SHAPE, order=1
    )
    to_grid = numpy.linalg.inv(AFFINE)
    places = [numpy.rint(to_grid[:3, :3] @ at + to_grid[:3, 3]).astype(int) for at in WHITE_AT]
    white = numpy.median([sampled[tuple(place)] for place in places])
    stored = numpy.clip(numpy.rint(sampled / white * WHITE_MATTER), 0, 255).astype(numpy.uint8)

    result = nibabel.Nifti1Image(stored, AFFINE)
    result.set_sform(AFFINE, code='mni')
    result.set_qform(AFFINE, code='mni')
    result.header.set_xyzt_units('mm')
    result.header['descrip'] = b'Colin27, whole head, 3 mm; see LICENSE.txt'
    with open(output, 'wb') as file, gzip.GzipFile('', 'wb', 9, file, mtime=0) as packed:
        packed.write(result.to_bytes())


if __name__ == '__main__':
    main(*(sys.argv[1:] + [
        '/usr/share/mricron/templates/ch2.nii.gz',
        'public/quality/colin27-head-3mm.nii.gz',
    ][len(sys.argv) - 1:]))
