import { describe, expect, it } from "@jest/globals";
import type { Outcome } from "../../../../tools/loadtest/http/client";
import { kindOf, textOf } from "../../../../tools/loadtest/http/error-kind";
import { Statistics } from "../../../../tools/loadtest/http/statistics";

function answer(status = 200): Extract<Outcome, { kind: "answer" }> {
  return { kind: "answer", status, location: undefined, bytes: 10 };
}

describe("the latencies of many requests", () => {
  const statistics = new Statistics();
  // 0.1 ms to 10 s, each as often as any other, in an order that is not theirs.
  for (let i = 0; i < 100_000; i++) statistics.add(answer(), ((i * 7919) % 100_000) / 10 + 0.1);
  const { latency } = statistics.totals();

  it.each<[name: "min" | "mean" | "p50" | "p90" | "p95" | "p99" | "max", expected: number]>([
    ["min", 0.1],
    ["mean", 5000],
    ["p50", 5000],
    ["p90", 9000],
    ["p95", 9500],
    ["p99", 9900],
    ["max", 10_000],
  ])("have their %s to within a thousandth, although none is kept", (name, expected) => {
    expect(Math.abs((latency?.[name] ?? 0) / expected - 1)).toBeLessThan(0.001);
  });

  it("may be as long as the longest time-out that can be asked for", () => {
    const slow = new Statistics();
    slow.add(answer(), 3_600_000);
    expect(Math.round((slow.totals().latency?.max ?? 0) / 10_000)).toBe(360);
  });
});

describe("what is counted", () => {
  const statistics = new Statistics();
  statistics.add(answer(200), 1);
  statistics.add(answer(304), 3);
  statistics.add(answer(404), 500);
  const first = statistics.look(2);
  statistics.add({ kind: "error", error: "refused", message: "connect ECONNREFUSED" }, 700);
  const second = statistics.look(3);

  it("is a success up to status 399, and a failure from there on or without an answer", () => {
    const { succeeded, failed, errors, statusCodes, bytes } = statistics.totals();
    expect([succeeded, failed, bytes]).toEqual([2, 2, 30]);
    expect(Object.fromEntries(errors)).toEqual({ "status 404": 1, refused: 1 });
    expect(Object.fromEntries(statusCodes)).toEqual({ 200: 1, 304: 1, 404: 1 });
  });

  it("leaves failures out of the latencies: they are fast, or as slow as the time-out", () => {
    expect(statistics.totals().latency?.max).toBeCloseTo(3, 1);
  });

  it("is told from one look to the next", () => {
    expect(first).toMatchObject({ at: 2, seconds: 2, succeeded: 2, failed: 1 });
    expect(second).toEqual({ at: 3, seconds: 1, succeeded: 0, failed: 1, latency: undefined });
    expect(first.latency?.p99).toBeCloseTo(3, 1);
  });
});

describe("the kind of an error", () => {
  it.each([
    ["ECONNREFUSED", "refused"],
    ["ECONNRESET", "reset"],
    ["EPIPE", "reset"],
    ["EHOSTUNREACH", "unreachable"],
    ["ENOTFOUND", "unknown name"],
    ["EAI_AGAIN", "unknown name"],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "TLS"],
    ["CERT_HAS_EXPIRED", "TLS"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "TLS"],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "TLS"],
    ["HPE_INVALID_CONSTANT", "not HTTP"],
    ["EMFILE", "this machine"],
    ["EADDRNOTAVAIL", "this machine"],
    ["E_SOMETHING_ELSE", "other"],
  ])("%s is: %s", (code, kind) => {
    expect(kindOf(Object.assign(new Error("failed"), { code }))).toBe(kind);
  });

  it("of a name with several addresses, has the words of each", () => {
    const error = new AggregateError([new Error("connect ECONNREFUSED ::1:80"), new Error("127.0.0.1:80 as well")]);
    expect(textOf(error)).toBe("connect ECONNREFUSED ::1:80, 127.0.0.1:80 as well");
  });
});
