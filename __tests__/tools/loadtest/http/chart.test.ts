import { describe, expect, it } from "@jest/globals";
import { renderWebsiteChart } from "../../../../tools/loadtest/http/chart";
import type { Look } from "../../../../tools/loadtest/http/statistics";

const PERCENTILES = { p50: 10, p95: 20, p99: 40 };

function look(at: number, changes: Partial<Look> = {}): Look {
  return { at, seconds: 1, succeeded: 100, failed: 0, latency: PERCENTILES, ...changes };
}

/** The paths of the lines, in the order in which they are drawn: throughput, p50, p95, p99, errors. */
function pathsOf(svg: string): string[] {
  return [...svg.matchAll(/<path d="([^"]*)"/g)].map(([, path = ""]) => path);
}

describe("the chart of requests to a website", () => {
  const svg = renderWebsiteChart("http://site.test/?a=1&b=<2>", [look(1), look(2, { failed: 3 }), look(3)]);

  it("has throughput, three percentiles of the latency with their names, and errors", () => {
    expect(pathsOf(svg)).toHaveLength(5);
    for (const words of [
      "requests per second",
      "latency in milliseconds",
      ">p50<",
      ">p95<",
      ">p99<",
      "errors per second",
    ])
      expect(svg).toContain(words);
  });

  it("takes its title as text", () => {
    expect(svg).toContain("http://site.test/?a=1&amp;b=&lt;2>");
  });

  it("draws each value over the time of its look, from the beginning to the end", () => {
    const [throughput = "", , , , errors = ""] = pathsOf(svg);
    expect([...throughput.matchAll(/[MH]([\d.]+)/g)].map(([, x]) => Number(x))).toEqual([60, 353.3, 646.7, 940]);
    const [, before, during, after] = /M60 ([\d.]+)H353\.3V([\d.]+)H646\.7V([\d.]+)/.exec(errors) ?? [];
    expect(Number(during)).toBeLessThan(Number(before));
    expect(after).toBe(before);
  });

  it("divides by the length of a look", () => {
    const twice = renderWebsiteChart("t", [look(1), look(3, { seconds: 2, succeeded: 200 })]);
    const [throughput = ""] = pathsOf(twice);
    expect(new Set([...throughput.matchAll(/[MV](?:60 )?([\d.]+)/g)].map(([, y]) => y)).size).toBe(1);
  });

  it("has a gap in the latency where nothing was answered", () => {
    const gap = renderWebsiteChart("t", [look(1), look(2, { succeeded: 0, latency: undefined }), look(3)]);
    const [, p50 = ""] = pathsOf(gap);
    expect(p50).toMatch(/^M60 [\d.]+H353\.3M646\.7 [\d.]+H940V[\d.]+$/);
  });

  it.each<[string, Look[]]>([
    ["without any look", []],
    ["of a single look", [look(0.02, { seconds: 0.02 })]],
    ["without any answer", [look(1, { succeeded: 0, latency: undefined })]],
  ])("%s, is a picture all the same", (_, looks) => {
    expect(renderWebsiteChart("t", looks)).not.toMatch(/NaN|Infinity|undefined/);
  });
});
