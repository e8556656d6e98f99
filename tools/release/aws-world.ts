import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ringing } from "./aws/alarms";
import { awsClients, type AwsClients } from "./aws/clients";
import { AwsGroups } from "./aws/groups";
import { imageParameter, markHealthy, publications, toHistory } from "./aws/parameters";
import { FailedError, InterruptedError, messageOf } from "./errors";
import { publish } from "./publish";
import type { Plan, World } from "./rollout/deployment";
import type { Groups } from "./rollout/groups";
import type { ImageHistory } from "./rollout/previous-image";
import type { StackOutputs } from "../smoke/smoke-test";
import { readPlan } from "./terraform/plan-file";
import { applicationsOf, type StackFacts } from "./terraform/stack-facts";
import { Terraform } from "./terraform/terraform";

/** Does with a stack what its users do. @param url the stack's output `url`, if it has one */
export type StackTrial = (url: string | undefined, outputs: StackOutputs) => Promise<void>;

export interface AwsWorldOptions {
  /** Takes what Terraform prints */
  readonly show: (text: string) => void;
  /** Ends a plan that is being made; asked for anew each time, because an interruption can be answered with going on */
  readonly stopPlanning: () => AbortSignal;
  /** Ends, as Ctrl-C would, a plan that is being applied */
  readonly stopApplying: AbortSignal;
  /** Seconds for which the stack's URL is asked; 0: not at all */
  readonly urlTimeout: number;
  /** Milliseconds between two tries of the URL. Default: 3 s */
  readonly urlPauseMs?: number;
  /** Tried once the URL answers, or at once where the stack has none; a failure is the deployment's. Default: nothing */
  readonly smokeTest?: StackTrial | undefined;
}

const DEFAULT_URL_PAUSE_MS = 3_000;
/** Milliseconds for one try of the URL. */
const URL_PATIENCE_MS = 10_000;

/** A stack in AWS, changed by Terraform. */
export class AwsWorld implements World {
  readonly groups: Groups;
  readonly applications: ReadonlyMap<string, string>;
  readonly #clients: AwsClients;
  readonly #terraform: Terraform;
  #initialized = false;

  constructor(
    private readonly stack: StackFacts,
    private readonly options: AwsWorldOptions,
  ) {
    this.#clients = awsClients(stack.region);
    this.#terraform = new Terraform(stack.folder, options);
    this.groups = new AwsGroups(
      this.#clients,
      stack.groups.map(({ name }) => name),
    );
    this.applications = new Map(
      stack.groups.flatMap(({ name, application }): [string, string][] =>
        application === undefined ? [] : [[name, application]],
      ),
    );
  }

  ringing(): Promise<readonly string[]> {
    return ringing(this.#clients.cloudWatch, this.stack.alarms);
  }

  async plan(): Promise<Plan> {
    const file = join(this.stack.folder, "release.tfplan");
    // What was left by an earlier run must not be taken for this one's.
    await rm(file, { force: true });
    await this.#prepare((signal) => this.#terraform.plan(file, true, signal));
    return this.read(file);
  }

  /** A plan that lies in a file, shown. */
  async read(file: string): Promise<Plan> {
    const json = await this.#prepare(() => this.#terraform.showJson(file));
    const facts = readPlan(json, this.stack);
    this.options.show(await this.#terraform.showText(file));
    return { ...facts, apply: () => this.#terraform.apply(file, this.options.stopApplying) };
  }

  async history(): Promise<ReadonlyMap<string, ImageHistory>> {
    const { ssm } = this.#clients;
    const { environment } = this.stack;
    const entries = applicationsOf(this.stack).map(async (application): Promise<[string, ImageHistory]> => [
      application,
      toHistory(await publications(ssm, environment, application)),
    ]);
    return new Map(await Promise.all(entries));
  }

  async publish(application: string, image: string, why: string): Promise<void> {
    const { environment } = this.stack;
    await publish(this.#clients, { application, environment, image, why, takesBack: true });
  }

  async markHealthy(application: string, image: string): Promise<void> {
    await markHealthy(this.#clients.ssm, imageParameter(this.stack.environment, application), image);
  }

  async check(): Promise<string | undefined> {
    const outputs = await this.#terraform.outputs();
    const { url } = outputs;
    const { show, urlTimeout, urlPauseMs = DEFAULT_URL_PAUSE_MS, smokeTest } = this.options;
    if (typeof url !== "string") {
      await smokeTest?.(undefined, outputs);
      return undefined;
    }
    if (urlTimeout === 0) return url;
    if (!this.stack.open) {
      show(`${url} is not tried: it is open to its operators' networks only\n`);
      return url;
    }
    const end = Date.now() + urlTimeout * 1000;
    for (;;) {
      const answer = await ask(url);
      if (answer === undefined) {
        await smokeTest?.(url, outputs);
        return url;
      }
      const left = end - Date.now();
      if (left <= 0) throw new FailedError(`${url} does not answer: ${answer} (tried for ${urlTimeout} s)`);
      await sleep(Math.min(urlPauseMs, left));
    }
  }

  /** Runs what changes nothing yet: an interruption ends it there. */
  async #prepare<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const signal = this.options.stopPlanning();
    try {
      if (!this.#initialized) await this.#terraform.init(signal);
      this.#initialized = true;
      return await work(signal);
    } catch (error) {
      throw signal.aborted ? new InterruptedError() : error;
    }
  }
}

/** What is wrong with the answer of a URL; undefined when nothing is. */
async function ask(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(URL_PATIENCE_MS) });
    await response.body?.cancel();
    return response.ok ? undefined : `status ${response.status}`;
  } catch (error) {
    const { cause } = error as Error;
    return cause === undefined ? messageOf(error) : messageOf(cause);
  }
}
