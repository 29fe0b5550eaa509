/** A folder or archive in a form that can be posted to a worker; the platform makes a tree of it. */
export type TreeSource =
  | { readonly kind: 'handle'; readonly handle: FileSystemDirectoryHandle }
  | {
      readonly kind: 'files';
      readonly name: string;
      readonly files: readonly {
        readonly path: string;
        /** Itself, or in a worker a way to get it from the page. */
        readonly file: File | (() => Promise<File>);
      }[];
    }
  | { readonly kind: 'opfs'; readonly path: string }
  | { readonly kind: 'zip'; readonly name: string; readonly blob: Blob };
