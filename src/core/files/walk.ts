/**
 * A folder tree read by many hands: listing one folder is a question to the disk or to the browser's
 * file process, and thousands of such questions one after the other take seconds. Here a bounded
 * number is under way at once; answers are taken in the order of the questions, so that the same
 * folders give the same order of files every time.
 */

/** What one folder holds. */
export interface Listing<Folder> {
  /** Names of files. */
  readonly files: readonly string[];
  readonly folders: readonly { readonly name: string; readonly folder: Folder }[];
}

/** Folders that are listed at once: four threads of Node's are kept busy, a browser's pipe too. */
export const FOLDERS_AT_ONCE = 16;

/**
 * @param prefix - path of `start`, '' for the root
 * @param list - asks for the content of one folder
 * @returns paths of all files below `start`, depth first; nothing is asked before the first is wanted
 */
export async function* walkFolders<Folder>(
  start: Folder,
  prefix: string,
  list: (folder: Folder, path: string) => Promise<Listing<Folder>>,
  atOnce = FOLDERS_AT_ONCE,
): AsyncGenerator<string, void, void> {
  interface Place {
    readonly folder: Folder;
    readonly path: string;
  }
  interface Question {
    readonly path: string;
    readonly answer: Promise<Listing<Folder>>;
  }
  // A stack: few folders wait at any time, however many there are.
  const waiting: Place[] = [{ folder: start, path: prefix }];
  const asked: Question[] = [];
  const ask = () => {
    for (let next; asked.length < atOnce && (next = waiting.pop()) !== undefined;) {
      const answer = list(next.folder, next.path);
      // Its turn may never come: a failure before that must not become an unhandled rejection.
      answer.catch(() => undefined);
      asked.push({ path: next.path, answer });
    }
  };
  for (ask(); asked.length > 0; ask()) {
    const { path, answer } = asked.shift() as Question;
    const { files, folders } = await answer;
    const below = path === '' ? '' : `${path}/`;
    for (const { name, folder } of [...folders].reverse()) {
      waiting.push({ folder, path: below + name });
    }
    ask();
    for (const name of files) yield below + name;
  }
}
