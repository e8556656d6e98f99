// Node 20 is supported here until the SDK itself ends that; its reminder would stand in every suite's output.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true";

/** Jest runs the sources as ES modules; swc only strips the types, `npm run typecheck` checks them. */
export default {
  testEnvironment: "<rootDir>/__tests__/support/environment.js",
  testMatch: ["<rootDir>/__tests__/**/*.test.ts"],
  extensionsToTreatAsEsm: [".ts"],
  // After Jest has put its own translation of stack traces in place.
  setupFilesAfterEnv: ["<rootDir>/__tests__/support/stack-traces.ts"],
  transform: {
    "^.+\\.ts$": [
      "@swc/jest",
      { jsc: { target: "es2023", parser: { syntax: "typescript" } }, module: { type: "es6" }, sourceMaps: "inline" },
    ],
  },
  globalSetup: "<rootDir>/__tests__/support/run-folder.js",
  testSequencer: "<rootDir>/__tests__/support/slow-first.js",
  // Two at a time: the end-to-end suites start process fleets and a browser of their own.
  maxWorkers: 2,
  // Ends what hangs, and is no statement about speed: a busy machine may take its time.
  testTimeout: 60_000,
};
