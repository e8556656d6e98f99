import sequencer from "@jest/test-sequencer";

/** Suites that take a minute or more, by parts of their paths. */
const SLOW = ["/e2e/", "/hostile.test.ts"];

/** The long suites first: one that began last would keep one core busy and the others waiting. */
export default class SlowFirst extends sequencer.default {
  sort(tests) {
    const isSlow = ({ path }) => SLOW.some((part) => path.includes(part));
    const sorted = super.sort(tests);
    return [...sorted.filter(isSlow), ...sorted.filter((test) => !isSlow(test))];
  }
}
