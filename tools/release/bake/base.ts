/** The layer that all applications' images are built on; it is named where an application can be. */
export const BASE = "base";
