/** As the worker decides it: without a sandbox only where there is none. */
export const BARE_FLAGS: string[] = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
