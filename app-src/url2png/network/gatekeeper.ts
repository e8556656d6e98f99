import type { Logger } from "../../shared/logger";
import { AddressPolicy } from "./addresses";
import { Budget } from "./budget";
import { DEFAULT_LIMITS, type NetworkLimits } from "./limits";
import type { Passage } from "./passage";
import { FilteringProxy } from "./proxy";
import { Refused, type Refusal } from "./refusal";
import { dnsResolver, type Resolve } from "./resolver";
import { Routes } from "./routes";
import { nameOf, parseUrl, targetOf } from "./target";

export type { NetworkLimits, Passage, Refusal, Resolve };

export interface GatekeeperOptions {
  /** CIDR blocks that may be reached although they are not the public internet, on any port. Metadata addresses never are. */
  readonly allowedNetworks: readonly string[];
  readonly logger: Pick<Logger, "info" | "debug">;
  /** Default: the machine's name servers. */
  readonly resolve?: Resolve;
}

/** Decides what of the network the pages of strangers may reach, and opens a passage to it for each page. */
export class Gatekeeper {
  private readonly policy: AddressPolicy;
  private readonly resolve: Resolve;
  private readonly passages = new Map<number, Passage>();

  /** @throws Error naming every allowed network that is none */
  constructor(private readonly options: GatekeeperOptions) {
    this.policy = new AddressPolicy(options.allowedNetworks);
    this.resolve = options.resolve ?? dnsResolver();
  }

  /**
   * Opens a passage for one page. Its time runs from now on.
   * @param limits what differs from the defaults
   * @param logger default: the gatekeeper's; one that knows the message makes the lines easier to find
   */
  async open(limits: Partial<NetworkLimits> = {}, logger = this.options.logger): Promise<Passage> {
    const all = { ...DEFAULT_LIMITS, ...limits };
    const budget = new Budget(all, logger);
    const routes = new Routes(this.policy, this.resolve, (port) => this.passages.has(port));
    const proxy = new FilteringProxy(routes, budget, all);
    const port = await proxy.listen();
    const passage: Passage = {
      proxyUrl: `http://127.0.0.1:${port}`,
      signal: budget.signal,
      refusals: budget.refusals,
      get verdict() {
        return budget.verdict;
      },
      get requests() {
        return budget.requests;
      },
      get bytes() {
        return budget.bytes;
      },
      checkUrl: (url) =>
        refusalBy(() => {
          routes.check(parseUrl(url, ["http:", "https:"]));
        }),
      refusalOf: (url) => (URL.canParse(url) ? budget.lastRefusalOf(nameOf(targetOf(new URL(url)))) : undefined),
      close: async () => {
        budget.close();
        await proxy.close();
        this.passages.delete(port);
      },
    };
    this.passages.set(port, passage);
    return passage;
  }

  /** Closes every passage that is still open. */
  async close(): Promise<void> {
    await Promise.all([...this.passages.values()].map((passage) => passage.close()));
  }
}

function refusalBy(check: () => void): Refusal | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const { reason, message, target } = error;
    return { reason, message, target };
  }
}
