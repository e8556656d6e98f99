import { InterruptedError, RefusedError } from "../../release/errors";
import { UsageError } from "../../local/options";
import { LiveView } from "../live-view";
import type { Findings, ReportOptions, Run } from "../run";
import { addressOf } from "./address";
import { renderWebsiteChart } from "./chart";
import { Client } from "./client";
import { describeLook } from "./look-line";
import { type Asked, describeReport, reportOf } from "./report";
import { sendRequests } from "./send-requests";

/** Characters of the URL for which the chart's title has room. */
const TITLE_URL = 70;

export interface WebsiteOptions extends ReportOptions, Asked {
  readonly url?: string;
  readonly deployment?: string;
}

/** Sends requests to a website until they are sent, or time is up, or somebody presses Ctrl-C. */
export async function testWebsite(options: WebsiteOptions, { say, signal }: Run): Promise<Findings> {
  const { requests, concurrency, seconds, timeout, keepAlive, maxErrors } = options;
  const asked = { requests, concurrency, seconds, timeout, keepAlive, maxErrors };
  const url = await addressOf(options);
  if (concurrency > requests) {
    throw new UsageError(`--concurrency ${concurrency} must not be more than --requests ${requests}`);
  }
  const client = new Client(url, { concurrency, timeout: timeout * 1000, keepAlive });
  await mustAnswer(client, url, { say, signal });

  say(`${url.href}: ${requests} requests, ${concurrency} at a time, ${seconds} s at most`);
  const view = new LiveView(process.stderr);
  const result = await sendRequests({
    client,
    ...asked,
    signal,
    onLook: (look, totals) => {
      view.show(look.at, () => describeLook(look, totals, asked));
    },
  });
  view.end();
  const report = reportOf(url.href, asked, result);
  const shown = url.href.length > TITLE_URL ? `${url.href.slice(0, TITLE_URL)}…` : url.href;
  const title = `${shown}: ${result.sent} requests, ${concurrency} at a time`;
  return { svg: renderWebsiteChart(title, result.looks), report, text: describeReport(report) };
}

/** One request that does not count, for where nobody answers, nothing can be tested. @throws RefusedError */
async function mustAnswer(client: Client, url: URL, { say, signal }: Run): Promise<void> {
  const stop = (): void => {
    client.close();
  };
  signal.addEventListener("abort", stop, { once: true });
  const first = await client.get();
  signal.removeEventListener("abort", stop);
  if (first.kind === "cut off") throw new InterruptedError();
  if (first.kind === "error") {
    client.close();
    throw new RefusedError(`${url.href} does not answer: ${first.message} (${first.error})`);
  }
  if (first.status >= 400) say(`the first answer has status ${first.status}: such requests count as failed`);
  if (first.status >= 300 && first.status < 400 && first.location !== undefined) {
    say(`the first answer leads to ${first.location}: that is not followed, and what is measured is the redirection`);
  }
}
