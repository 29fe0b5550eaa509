/**
 * Three linked planes of a scan, with or without a saliency overlay, by niivue on WebGL 2. niivue is
 * one megabyte and more: it is loaded with the first scan. Volumes come as bytes; it fetches nothing.
 */
import type { NVImage, Niivue } from '@niivue/niivue';
import type * as NiivueLibrary from '@niivue/niivue';
import { fallingTable, risingTable } from './colour-map.ts';

export interface OverlayLook {
  /** 0 to 1. */
  readonly opacity: number;
  /** Absolute value below which nothing is drawn. */
  readonly low: number;
  /** Absolute value that has the lightest colour. */
  readonly high: number;
}

export interface Location {
  /** Millimetres, RAS+: right, anterior, superior. */
  readonly mm: readonly [number, number, number];
  /** Intensity of the scan, then of the overlay if there is one. */
  readonly values: readonly number[];
}

export type Bytes = Uint8Array<ArrayBuffer>;

/** Voxels moved by a key: along x (left-right), y (back-front), z (foot-head). */
const moves: Readonly<Record<string, readonly [number, number, number]>> = {
  ArrowLeft: [-1, 0, 0],
  ArrowRight: [1, 0, 0],
  ArrowUp: [0, 1, 0],
  ArrowDown: [0, -1, 0],
  PageUp: [0, 0, 1],
  PageDown: [0, 0, -1],
};

export class BrainViewer {
  readonly #niivue: Niivue;
  readonly #library: typeof NiivueLibrary;
  readonly #keys = new AbortController();
  /** Counts calls of `show`, so that a slower earlier one does not overwrite a later one. */
  #shows = 0;

  /** Loads niivue and takes over the canvas. */
  static async open(
    canvas: HTMLCanvasElement,
    onLocation: (location: Location) => void,
  ): Promise<BrainViewer> {
    const library = await import('@niivue/niivue');
    const niivue = new library.Niivue({
      backColor: [0, 0, 0, 1],
      crosshairColor: [1, 0.75, 0.25, 0.75],
      crosshairWidth: 0.9,
      crosshairWidthUnit: 'mm',
      crosshairGap: 14,
      multiplanarEqualSize: true,
      multiplanarForceRender: false,
      multiplanarShowRender: library.SHOW_RENDER.NEVER,
      sliceType: library.SLICE_TYPE.MULTIPLANAR,
      isCornerOrientationText: false,
      showAllOrientationMarkers: true,
      multiplanarPadPixels: 12,
      fontColor: [0.82, 0.86, 0.9, 1],
      fontSizeScaling: 0.5,
      fontMinPx: 18,
      isColorbar: false,
      dragAndDropEnabled: false,
      scrollRequiresFocus: true,
      loadingText: '',
      logLevel: 'error',
      isForceMouseClickToVoxelCenters: true,
    });
    await niivue.attachToCanvas(canvas, true);
    niivue.addColormap('capsule-rising', risingTable);
    niivue.addColormap('capsule-falling', fallingTable);
    niivue.onLocationChange = (data) => {
      const location = toLocation(data);
      if (location !== undefined) onLocation(location);
    };
    return new BrainViewer(niivue, library, canvas);
  }

  private constructor(niivue: Niivue, library: typeof NiivueLibrary, canvas: HTMLCanvasElement) {
    this.#niivue = niivue;
    this.#library = library;
    const { signal } = this.#keys;
    // In the capture phase, before niivue's own keys: those open an alert and change the layout.
    const options = { capture: true, signal };
    canvas.parentElement?.addEventListener('keydown', (event) => this.#onKey(event), options);
    canvas.parentElement?.addEventListener('keyup', (event) => event.stopPropagation(), options);
  }

  /**
   * Replaces what is shown.
   * @param at - where the crosshair goes, mm; the centre by default
   */
  async show(
    scan: Bytes,
    overlay?: Bytes,
    look?: OverlayLook,
    at?: readonly [number, number, number],
  ): Promise<void> {
    this.#shows += 1;
    const turn = this.#shows;
    const images = [await this.#image(scan, 'gray')];
    if (overlay !== undefined) {
      const image = await this.#image(overlay, 'capsule-rising');
      image.colormapNegative = 'capsule-falling';
      applyLook(image, look);
      images.push(image);
    }
    if (turn !== this.#shows) return;
    for (const volume of [...this.#niivue.volumes].reverse()) this.#niivue.removeVolume(volume);
    for (const image of images) this.#niivue.addVolume(image);
    this.#niivue.updateGLVolume();
    const start =
      at === undefined
        ? this.#niivue.vox2frac(this.#niivue.frac2vox([0.5, 0.5, 0.5]))
        : this.#niivue.mm2frac([...at]);
    this.#niivue.scene.crosshairPos = start;
    this.#niivue.drawScene();
    this.#niivue.createOnLocationChange();
  }

  setLook(look: OverlayLook): void {
    const image = this.#niivue.volumes[1];
    if (image === undefined) return;
    applyLook(image, look);
    this.#niivue.updateGLVolume();
  }

  /** @param radiological - the person's left on the right of the picture */
  setConvention(radiological: boolean): void {
    this.#niivue.setRadiologicalConvention(radiological);
    this.#niivue.drawScene();
  }

  /** Gives the canvas and its WebGL context back. */
  close(): void {
    this.#shows += 1;
    this.#keys.abort();
    this.#niivue.cleanup();
    this.#niivue.gl.getExtension('WEBGL_lose_context')?.loseContext();
  }

  async #image(bytes: Bytes, colormap: string): Promise<NVImage> {
    // The suffix tells niivue the format; a made-up name keeps participants out of its logs.
    const name = bytes[0] === 0x1f && bytes[1] === 0x8b ? 'volume.nii.gz' : 'volume.nii';
    const buffer = bytes.slice().buffer;
    return this.#library.NVImage.loadFromUrl({ url: name, name, buffer, colormap });
  }

  #onKey(event: KeyboardEvent): void {
    event.stopPropagation();
    const move = moves[event.key];
    if (move === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    if (this.#niivue.volumes.length > 0) this.#niivue.moveCrosshairInVox(...move);
  }
}

function applyLook(image: NVImage, look: OverlayLook | undefined): void {
  if (look === undefined) return;
  image.opacity = look.opacity;
  image.cal_min = look.low;
  image.cal_max = look.high;
  image.cal_minNeg = -look.high;
  image.cal_maxNeg = -look.low;
}

/** niivue declares its event as `unknown`. */
function toLocation(data: unknown): Location | undefined {
  if (typeof data !== 'object' || data === null || !('mm' in data) || !('values' in data)) return;
  const [x, y, z] = Array.from(data.mm as ArrayLike<number>);
  const values = (data.values as readonly { readonly value: number }[]).map(({ value }) => value);
  if (x === undefined || y === undefined || z === undefined) return;
  return { mm: [x, y, z], values };
}
