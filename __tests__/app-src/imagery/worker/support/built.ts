/** The built application, which `npm test` makes first: threads run JavaScript only. */
export const BUILT = new URL("../../../../../dist/imagery/", import.meta.url);
