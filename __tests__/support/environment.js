import process from "node:process";
import { TestEnvironment } from "jest-environment-node";

// A worker that has run a hundred suites needs more than half a second to take its memory apart, after which Jest ends it and says
// that tests have left something open. Nothing is left to do by then: it ends at once.
process.once("beforeExit", () => {
  process.exit();
});

export default TestEnvironment;
