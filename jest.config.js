/** Jest runs the sources as ES modules; swc only strips the types, `npm run typecheck` checks them. */
export default {
  testEnvironment: "node",
  testMatch: ["<rootDir>/__tests__/**/*.test.ts"],
  extensionsToTreatAsEsm: [".ts"],
  transform: {
    "^.+\\.ts$": [
      "@swc/jest",
      { jsc: { target: "es2023", parser: { syntax: "typescript" } }, module: { type: "es6" }, sourceMaps: "inline" },
    ],
  },
  // Two at a time: the end-to-end suites start process fleets and a browser of their own.
  maxWorkers: 2,
};
