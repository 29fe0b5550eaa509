/**
 * Three linked planes and a render of a scan, with or without a saliency overlay, by niivue on
 * WebGL 2. niivue is one megabyte and more: it is loaded with the first scan. Volumes come as bytes;
 * it fetches nothing. Keys and the brightness drag are ours: see viewer-controls.ts.
 */
import type { NVImage, Niivue } from '@niivue/niivue';
import type * as NiivueLibrary from '@niivue/niivue';
import { COLOUR_MAPS, tablesOf, type ColourMapName } from './colour-map.ts';
import { moveOf, windowAfterDrag, windowAfterKey, type GreyWindow } from './viewer-controls.ts';

export interface OverlayLook {
  /** 0 to 1. */
  readonly opacity: number;
  /** Absolute value below which nothing is drawn. */
  readonly low: number;
  /** Absolute value that has the lightest colour. */
  readonly high: number;
  readonly colours: ColourMapName;
}

type Three = readonly [number, number, number];

export interface Location {
  /** Millimetres, RAS+: right, anterior, superior. */
  readonly mm: Three;
  /** Indices of the voxel in the scan as it is stored. */
  readonly voxel: Three;
  /** Slice of each plane, counted from left, back and foot; and how many there are. */
  readonly slice: Three;
  readonly slices: Three;
  /** Intensity of the scan, then of the overlay if there is one. */
  readonly values: readonly number[];
}

export const LAYOUTS = ['all', 'sagittal', 'coronal', 'axial', 'render'] as const;
export type Layout = (typeof LAYOUTS)[number];

export interface ViewerEvents {
  readonly onLocation: (location: Location) => void;
  readonly onWindow?: (window: GreyWindow) => void;
}

export type Bytes = Uint8Array<ArrayBuffer>;

export class BrainViewer {
  readonly #niivue: Niivue;
  readonly #library: typeof NiivueLibrary;
  readonly #canvas: HTMLCanvasElement;
  readonly #events: ViewerEvents;
  readonly #listening = new AbortController();
  /** Counts calls of `show`, so that a slower earlier one does not overwrite a later one. */
  #shows = 0;
  /** Grey values as the scan came. */
  #ownWindow: GreyWindow = { low: 0, high: 1 };
  #dragsWindow = false;
  #drag: { readonly x: number; readonly y: number; readonly window: GreyWindow } | undefined;

  /** Loads niivue and takes over the canvas. */
  static async open(canvas: HTMLCanvasElement, events: ViewerEvents): Promise<BrainViewer> {
    const library = await import('@niivue/niivue');
    const niivue = new library.Niivue({
      backColor: [0, 0, 0, 1],
      crosshairColor: [1, 0.75, 0.25, 0.75],
      crosshairWidth: 0.9,
      crosshairWidthUnit: 'mm',
      crosshairGap: 14,
      multiplanarEqualSize: true,
      multiplanarForceRender: false,
      multiplanarShowRender: library.SHOW_RENDER.ALWAYS,
      multiplanarLayout: library.MULTIPLANAR_TYPE.ROW,
      sliceType: library.SLICE_TYPE.MULTIPLANAR,
      isCornerOrientationText: false,
      showAllOrientationMarkers: true,
      multiplanarPadPixels: 12,
      fontColor: [0.82, 0.86, 0.9, 1],
      fontSizeScaling: 0.5,
      fontMinPx: 18,
      isColorbar: false,
      dragAndDropEnabled: false,
      dragMode: library.DRAG_MODE.none,
      scrollRequiresFocus: true,
      loadingText: '',
      logLevel: 'error',
      isForceMouseClickToVoxelCenters: true,
    });
    await niivue.attachToCanvas(canvas, true);
    for (const name of COLOUR_MAPS) {
      const { rising, falling } = tablesOf(name);
      niivue.addColormap(`capsule-${name}`, rising);
      niivue.addColormap(`capsule-${name}-falling`, falling);
    }
    return new BrainViewer(niivue, library, canvas, events);
  }

  private constructor(
    niivue: Niivue,
    library: typeof NiivueLibrary,
    canvas: HTMLCanvasElement,
    events: ViewerEvents,
  ) {
    this.#niivue = niivue;
    this.#library = library;
    this.#canvas = canvas;
    this.#events = events;
    niivue.onLocationChange = (data) => {
      const location = this.#location(data);
      if (location !== undefined) events.onLocation(location);
    };
    this.#listen(canvas.parentElement ?? canvas);
  }

  /**
   * Replaces what is shown.
   * @param at - where the crosshair goes, mm; the centre by default
   */
  async show(scan: Bytes, overlay?: Bytes, look?: OverlayLook, at?: Three): Promise<void> {
    this.#shows += 1;
    const turn = this.#shows;
    const images = [await this.#image(scan, 'gray')];
    if (overlay !== undefined) {
      const image = await this.#image(overlay, `capsule-${look?.colours ?? COLOUR_MAPS[0]}`);
      applyLook(image, look);
      images.push(image);
    }
    if (turn !== this.#shows) return;
    const niivue = this.#niivue;
    for (const volume of [...niivue.volumes].reverse()) niivue.removeVolume(volume);
    for (const image of images) niivue.addVolume(image);
    niivue.updateGLVolume();
    this.#ownWindow = this.#window();
    this.#events.onWindow?.(this.#ownWindow);
    this.goTo(at ?? this.#middle());
  }

  /** Moves the crosshair. @param mm - RAS+ */
  goTo(mm: Three): void {
    const niivue = this.#niivue;
    if (niivue.volumes.length === 0) return;
    niivue.scene.crosshairPos = niivue.mm2frac([...mm]);
    this.#moved();
  }

  /** Moves one plane. @param axis - 0 left-right, 1 back-front, 2 foot-head */
  goToSlice(axis: 0 | 1 | 2, slice: number): void {
    const niivue = this.#niivue;
    const slices = this.#slices();
    if (slices === undefined) return;
    const [x = 0, y = 0, z = 0] = Array.from(niivue.scene.crosshairPos);
    const place: [number, number, number] = [x, y, z];
    place[axis] = (slice + 0.5) / slices[axis];
    niivue.scene.crosshairPos = place;
    this.#moved();
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

  setLayout(layout: Layout): void {
    const { SLICE_TYPE } = this.#library;
    const types = {
      ...{ all: SLICE_TYPE.MULTIPLANAR, sagittal: SLICE_TYPE.SAGITTAL },
      ...{ coronal: SLICE_TYPE.CORONAL, axial: SLICE_TYPE.AXIAL, render: SLICE_TYPE.RENDER },
    };
    this.#niivue.setSliceType(types[layout]);
  }

  /** Grey values that are black and white. */
  setWindow({ low, high }: GreyWindow): void {
    const image = this.#niivue.volumes[0];
    if (image === undefined || !(high > low)) return;
    image.cal_min = low;
    image.cal_max = high;
    this.#niivue.updateGLVolume();
    this.#events.onWindow?.({ low, high });
  }

  resetWindow(): void {
    this.setWindow(this.#ownWindow);
  }

  /** Whether dragging over the picture changes window and level; the right button always does. */
  setDragsWindow(drags: boolean): void {
    this.#dragsWindow = drags;
  }

  /** What the canvas shows now, as PNG. */
  picture(): Promise<Blob> {
    // A WebGL canvas is empty once its frame was shown: draw and read in one task.
    this.#niivue.drawScene();
    return new Promise((resolve, reject) =>
      this.#canvas.toBlob((blob) => {
        if (blob === null) reject(new Error('the canvas gave no picture'));
        else resolve(blob);
      }, 'image/png'),
    );
  }

  /** Gives the canvas and its WebGL context back. */
  close(): void {
    this.#shows += 1;
    this.#listening.abort();
    this.#niivue.cleanup();
    this.#niivue.gl.getExtension('WEBGL_lose_context')?.loseContext();
  }

  #listen(host: HTMLElement): void {
    // In the capture phase, before niivue's own: its keys open an alert and change the layout.
    const options = { capture: true, signal: this.#listening.signal };
    host.addEventListener('keydown', (event) => this.#onKey(event), options);
    host.addEventListener('keyup', (event) => event.stopPropagation(), options);
    host.addEventListener('pointerdown', (event) => this.#onPointerDown(event), options);
    host.addEventListener('pointermove', (event) => this.#onPointerMove(event), options);
    const end = (): void => {
      this.#drag = undefined;
    };
    host.addEventListener('pointerup', end, options);
    host.addEventListener('pointercancel', end, options);
    const withhold = (event: Event): void => {
      if (this.#drag !== undefined) event.stopPropagation();
    };
    for (const name of ['mousedown', 'mousemove', 'touchstart', 'touchmove']) {
      host.addEventListener(name, withhold, options);
    }
    host.addEventListener(
      'dblclick',
      (event) => {
        event.stopPropagation();
        this.resetWindow();
      },
      options,
    );
  }

  #onKey(event: KeyboardEvent): void {
    event.stopPropagation();
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const niivue = this.#niivue;
    const move = moveOf(event.key, event.shiftKey);
    const window = windowAfterKey(event.key, event.shiftKey, this.#window(), this.#ownWindow);
    if (move === undefined && window === undefined) return;
    event.preventDefault();
    if (niivue.volumes.length === 0) return;
    if (window !== undefined) this.setWindow(window);
    else if (move?.kind === 'slice') niivue.moveCrosshairInVox(...move.by);
    else if (move?.kind === 'turn') {
      const { renderAzimuth, renderElevation } = niivue.scene;
      niivue.setRenderAzimuthElevation(renderAzimuth + move.by[0], renderElevation + move.by[1]);
    }
  }

  #onPointerDown(event: PointerEvent): void {
    if (event.button !== 2 && !(this.#dragsWindow && event.button === 0)) return;
    this.#drag = { x: event.clientX, y: event.clientY, window: this.#window() };
    this.#canvas.focus();
    this.#canvas.setPointerCapture(event.pointerId);
  }

  #onPointerMove(event: PointerEvent): void {
    if (this.#drag === undefined) return;
    const { x, y, window } = this.#drag;
    const by = [event.clientX - x, event.clientY - y] as const;
    this.setWindow(windowAfterDrag(window, by, this.#ownWindow));
  }

  #window(): GreyWindow {
    const image = this.#niivue.volumes[0];
    return { low: image?.cal_min ?? 0, high: image?.cal_max ?? 1 };
  }

  /** The centre of the voxel in the middle. */
  #middle(): Three {
    const niivue = this.#niivue;
    const [x = 0, y = 0, z = 0] = niivue.frac2mm(niivue.vox2frac(niivue.frac2vox([0.5, 0.5, 0.5])));
    return [x, y, z];
  }

  #moved(): void {
    this.#niivue.drawScene();
    this.#niivue.createOnLocationChange();
  }

  #slices(): Three | undefined {
    const [, x, y, z] = this.#niivue.volumes[0]?.dimsRAS ?? [];
    return x === undefined || y === undefined || z === undefined ? undefined : [x, y, z];
  }

  /** niivue declares its event as `unknown`. */
  #location(data: unknown): Location | undefined {
    if (typeof data !== 'object' || data === null) return undefined;
    if (!('mm' in data) || !('vox' in data) || !('values' in data)) return undefined;
    const slices = this.#slices();
    const mm = three(data.mm);
    const voxel = three(data.vox);
    const place = three(this.#niivue.scene.crosshairPos);
    if (slices === undefined || mm === undefined || voxel === undefined || place === undefined) {
      return undefined;
    }
    const along = (axis: 0 | 1 | 2): number =>
      Math.min(slices[axis] - 1, Math.max(0, Math.floor(place[axis] * slices[axis])));
    const values = (data.values as readonly { readonly value: number }[]).map(({ value }) => value);
    return { mm, voxel, slice: [along(0), along(1), along(2)], slices, values };
  }

  async #image(bytes: Bytes, colormap: string): Promise<NVImage> {
    // The suffix tells niivue the format; a made-up name keeps participants out of its logs.
    const name = bytes[0] === 0x1f && bytes[1] === 0x8b ? 'volume.nii.gz' : 'volume.nii';
    const buffer = bytes.slice().buffer;
    return this.#library.NVImage.loadFromUrl({ url: name, name, buffer, colormap });
  }
}

function three(numbers: unknown): Three | undefined {
  const [x, y, z] = Array.from(numbers as ArrayLike<number>);
  return x === undefined || y === undefined || z === undefined ? undefined : [x, y, z];
}

function applyLook(image: NVImage, look: OverlayLook | undefined): void {
  if (look === undefined) return;
  image.opacity = look.opacity;
  image.colormap = `capsule-${look.colours}`;
  image.colormapNegative = `capsule-${look.colours}-falling`;
  image.cal_min = look.low;
  image.cal_max = look.high;
  image.cal_minNeg = -look.high;
  image.cal_maxNeg = -look.low;
}
