/**
 * Jest translates each line of a stack trace back to the sources, with the source maps of every package on the way. For errors that is
 * worth its time. CDKTF also notes with each of many thousand tokens where it was made, and nobody reads that here: it is left out.
 */
const translate: (target: Error, calls: NodeJS.CallSite[]) => unknown = Error.prepareStackTrace.bind(Error);
Error.prepareStackTrace = (target: object, calls) => (target instanceof Error ? translate(target, calls) : "");
