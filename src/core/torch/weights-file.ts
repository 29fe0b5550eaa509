/** Weights from elsewhere: safetensors, or what `torch.save` made of a state dict, told apart by content. */
import type { StateDict } from './checkpoint.ts';
import { isSafetensors, readSafetensors } from './safetensors.ts';
import { readStateDict } from './state-dict.ts';

/**
 * @param bytes - of a `.safetensors`, `.pt`, `.pth` or `.pth.tar` file; the tensors keep a view of it
 * @param file - its name, for errors
 * @returns tensors by key, in the order of the file
 * @throws CapsuleError SAFETENSORS_FORMAT, TORCH_FORMAT, TORCH_FORBIDDEN
 */
export function readWeights(bytes: Uint8Array<ArrayBuffer>, file?: string): StateDict {
  return isSafetensors(bytes) ? readSafetensors(bytes, file).tensors : readStateDict(bytes, file);
}
