/**
 * Figures as files, on white whatever the page's theme: with their title, legend and axes, so that
 * they can stand in a paper. SVG as text; PNG from the same shapes on a canvas.
 */
import { layout, type Colour, type Figure, type Shape } from './plot-figure.ts';

/** The light values of the page's tokens. */
const PRINTED: Readonly<Record<Colour, string>> = {
  ...{ ink: '#12191a', soft: '#4b595b', line: '#d3dbdb', strong: '#7d8c8e' },
  ...{ first: '#0a626a', second: '#a3540a', third: '#7a2f96', fourth: '#2459b8' },
};
const FONT = 'system-ui, -apple-system, Segoe UI, Roboto, Helvetica, Arial, sans-serif';
const WIDTH = 640;
const HEIGHT = 480;

/** @returns a whole SVG file */
export function svgOf(figure: Figure, width = WIDTH, height = HEIGHT): string {
  const body = layout(figure, { width, height, titled: true }).map(elementOf).join('\n');
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${FONT}">`,
    `<title>${escaped(figure.title)}</title>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `${body}\n</svg>\n`,
  ].join('\n');
}

function elementOf(shape: Shape): string {
  if (shape.kind === 'text') {
    const { x, y, anchor, size, colour, bold, upright } = shape;
    const at = `x="${round(x)}" y="${round(y)}"`;
    const turn = upright === true ? ` transform="rotate(-90 ${round(x)} ${round(y)})"` : '';
    const weight = bold === true ? ' font-weight="600"' : '';
    return `<text ${at}${turn} text-anchor="${anchor}" font-size="${size}"${weight} fill="${PRINTED[colour]}">${escaped(shape.text)}</text>`;
  }
  const { d, stroke, fill, width = 1, dash = [], opacity = 1 } = shape;
  const line =
    stroke === undefined
      ? ''
      : ` stroke="${PRINTED[stroke]}" stroke-width="${width}"${dash.length === 0 ? '' : ` stroke-dasharray="${dash.join(' ')}"`}`;
  const ground = fill === undefined ? 'none' : PRINTED[fill];
  return `<path d="${d}" fill="${ground}"${line}${opacity === 1 ? '' : ` opacity="${opacity}"`}/>`;
}

/** Three pixels a unit: sharp in print at two columns. */
export async function pngOf(figure: Figure, width = WIDTH, height = HEIGHT): Promise<Blob> {
  const sharpness = 3;
  const canvas = document.createElement('canvas');
  canvas.width = width * sharpness;
  canvas.height = height * sharpness;
  const context = canvas.getContext('2d');
  if (context === null) throw new TypeError('this browser has no canvas');
  context.scale(sharpness, sharpness);
  context.fillStyle = '#ffffff';
  context.fillRect(0, 0, width, height);
  for (const shape of layout(figure, { width, height, titled: true })) draw(context, shape);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob === null ? reject(new TypeError('no picture')) : resolve(blob)));
  });
}

function draw(context: CanvasRenderingContext2D, shape: Shape): void {
  context.save();
  if (shape.kind === 'text') {
    context.translate(shape.x, shape.y);
    if (shape.upright === true) context.rotate(-Math.PI / 2);
    context.font = `${shape.bold === true ? '600 ' : ''}${shape.size}px ${FONT}`;
    context.textAlign = shape.anchor === 'middle' ? 'center' : shape.anchor;
    context.fillStyle = PRINTED[shape.colour];
    context.fillText(shape.text, 0, 0);
  } else {
    const path = new Path2D(shape.d);
    context.globalAlpha = shape.opacity ?? 1;
    if (shape.fill !== undefined) {
      context.fillStyle = PRINTED[shape.fill];
      context.fill(path);
    }
    if (shape.stroke !== undefined) {
      context.strokeStyle = PRINTED[shape.stroke];
      context.lineWidth = shape.width ?? 1;
      context.setLineDash([...(shape.dash ?? [])]);
      context.stroke(path);
    }
  }
  context.restore();
}

const round = (value: number): number => Math.round(value * 10) / 10;

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
