/** The regions in which scans are changed: our own, or masks from the user's files. */
import { CapsuleError } from '../../core/errors.ts';
import type { FileTree } from '../../core/files/file-tree.ts';
import { regionVoxels, type Grid, type Region } from '../../core/generate/ellipsoids.ts';
import { maskOnGrid } from '../../core/generate/mask-on-grid.ts';
import { needFile } from '../../core/files/read.ts';
import { readVolume } from '../../core/nifti/read.ts';
import type { Volume } from '../../core/volume.ts';

export interface OwnMask {
  readonly tree: FileTree;
  readonly path: string;
}

/** One region on the grid of any scan; grids that follow each other are mostly the same. */
export class RegionMask {
  readonly #regions: readonly Region[];
  readonly #own: OwnMask | undefined;
  #volume: Promise<Volume> | undefined;
  #key = '';
  #voxels: Uint8Array<ArrayBuffer> = new Uint8Array(0);

  constructor(regions: readonly Region[], own: OwnMask | undefined) {
    this.#regions = regions;
    this.#own = own;
  }

  /** What grids are the same by. */
  static keyOf = ({ shape, affine }: Grid): string => `${shape.join()} ${affine.join()}`;

  /** @throws CAPS_MASK where no voxel lies in the region, and those of reading the file */
  async on(grid: Grid): Promise<Uint8Array<ArrayBuffer>> {
    const key = RegionMask.keyOf(grid);
    if (this.#key === key) return this.#voxels;
    const voxels = await this.#made(grid);
    if (!voxels.includes(1)) {
      throw new CapsuleError('CAPS_MASK', {
        ...(this.#own === undefined ? {} : { file: this.#own.path }),
        expected: 'a region inside the scan',
        found: 'no voxel of it',
        action:
          this.#own === undefined
            ? 'The regions are in MNI space: give masks of your own with --mask_path.'
            : 'Give a mask in the space of the scans.',
      });
    }
    this.#key = key;
    this.#voxels = voxels;
    return voxels;
  }

  async #made(grid: Grid): Promise<Uint8Array<ArrayBuffer>> {
    const own = this.#own;
    if (own === undefined) return regionVoxels(this.#regions, grid);
    this.#volume ??= needFile(own.tree, own.path)
      .then((file) => readVolume(file, {}, { leadingOne: true }))
      .then(({ volume }) => volume);
    return maskOnGrid(await this.#volume, grid);
  }
}

/**
 * @param folder - the user's, undefined for our own regions
 * @param stem - of the file, without `.nii` or `.nii.gz`
 * @throws FILE_NOT_FOUND
 */
export async function ownMask(
  folder: FileTree | undefined,
  stem: string,
): Promise<OwnMask | undefined> {
  if (folder === undefined) return undefined;
  for (const path of [`${stem}.nii`, `${stem}.nii.gz`]) {
    if ((await folder.file(path)) !== undefined) return { tree: folder, path };
  }
  throw new CapsuleError('FILE_NOT_FOUND', {
    file: folder.name,
    expected: `a mask ${stem}.nii or ${stem}.nii.gz`,
  });
}
