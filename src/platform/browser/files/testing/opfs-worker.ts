/** Writes a file in a worker and answers with what it then reads: used by the test of trees. */
import { readText } from '../../../../core/files/read.ts';
import { opfsFolder } from '../opfs.ts';

self.onmessage = async ({ data }: MessageEvent<string>): Promise<void> => {
  const tree = await opfsFolder(data);
  await tree.write('a/b', 'written in a worker');
  self.postMessage(await readText(tree, 'a/b'));
};
