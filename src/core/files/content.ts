/** Content to write and bytes that were read, from one form to another. */
import type { Content } from './file-tree.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** @returns the chunks of any content, in order. */
export async function* contentChunks(content: Content): AsyncGenerator<Bytes> {
  if (typeof content === 'string') yield new TextEncoder().encode(content);
  else if (content instanceof Uint8Array) yield content;
  else if ('chunks' in content) yield* content.chunks;
  else yield* streamChunks(content);
}

/** @returns bytes that it takes, undefined for a stream. */
export function contentSize(content: Content): number | undefined {
  if (typeof content === 'string') return new TextEncoder().encode(content).length;
  if (content instanceof Uint8Array) return content.length;
  return 'chunks' in content ? content.size : undefined;
}

/** The chunks of a stream; leaving the loop early cancels it. Safari has no `for await` on streams. */
export async function* streamChunks(stream: ReadableStream<Bytes>): AsyncGenerator<Bytes> {
  const reader = stream.getReader();
  let open = true;
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((error: unknown) => {
        open = false;
        throw error;
      });
      if (done) {
        open = false;
        return;
      }
      yield value;
    }
  } finally {
    if (open) await reader.cancel().catch(() => undefined);
  }
}

/** @returns one array of all chunks. */
export async function collectBytes(chunks: AsyncIterable<Bytes>): Promise<Bytes> {
  const parts: Bytes[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    parts.push(chunk);
    length += chunk.length;
  }
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** @returns a stream of one chunk, or of none when `bytes` is empty. */
export function bytesStream(bytes: Bytes): ReadableStream<Bytes> {
  return new ReadableStream({
    start(controller) {
      if (bytes.length > 0) controller.enqueue(bytes);
      controller.close();
    },
  });
}
