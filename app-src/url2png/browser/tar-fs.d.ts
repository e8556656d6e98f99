/** As much of the package as is used here. */
declare module "tar-fs" {
  /**
   * Writes what a tar stream holds into a folder, and never outside of it.
   * @param options.chown whether root gives the files the owners that the stream names
   */
  export function extract(folder: string, options: { readonly chown: boolean }): NodeJS.WritableStream;
}
