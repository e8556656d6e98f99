import { arnSuffixOf } from "./cloudwatch/measured";
import { type LocalAddresses, localAccountId, localAttributes, localDataSources } from "./terraform/attributes";
import type { IssuedCredentials } from "./gateway/credentials";
import { type Emulators, notEmulated, startEmulators } from "./emulators/emulators";
import { Fleet } from "./fleet/fleet";
import { Gateway } from "./gateway/gateway";
import { Journal } from "./journal";
import { LoadBalancer } from "./load-balancer/load-balancer";
import type { Log } from "./log";
import { Monitor } from "./monitor";
import { type LocalStackOptions, UsageError } from "./options";
import { type Folders, hurried, notRun, planFleets, planLoadBalancers, readPolicies } from "./plan";
import { Reaper } from "./fleet/reaper";
import { Scaling } from "./scaling/scaling";
import { services } from "./gateway/requests";
import { suggestGrant } from "./gateway/suggestion";
import type { SynthesizedStack } from "./terraform/synthesized";
import { TargetGroup, healthCheckOf } from "./load-balancer/target-group";

/** What has been started so far, so that it can be stopped in order wherever a start ends. */
export class RunningParts {
  readonly reaper = new Reaper();
  readonly balancers = new Map<string, LoadBalancer>();
  readonly targetGroups = new Map<string, TargetGroup>();
  readonly fleets: Fleet[] = [];
  readonly journal = new Journal();
  gateway: Gateway | undefined;
  emulators: Emulators | undefined;
  monitor: Monitor | undefined;
  scaling: Scaling | undefined;
  private stopping: Promise<void> | undefined;

  /** Stops everything, once however often it is called. */
  stop(): Promise<void> {
    this.stopping ??= this.stopAll();
    return this.stopping;
  }

  private async stopAll(): Promise<void> {
    await Promise.all([this.scaling?.stop(), this.monitor?.stop()]);
    for (const group of this.targetGroups.values()) group.close();
    await this.stopFleets();
    await Promise.all([...this.balancers.values()].map((balancer) => balancer.close()));
    await this.gateway?.close();
    await this.emulators?.close();
    await this.reaper.close();
  }

  /** Stops the services as their units say, and launches no others. */
  async stopFleets(): Promise<void> {
    await Promise.all(this.fleets.map((fleet) => fleet.stop()));
  }

  /** The first load balancer gets the port that was asked for, others a free one. */
  async startLoadBalancers(stack: SynthesizedStack, port: number, log: Log): Promise<void> {
    for (const { resource, targetGroup } of planLoadBalancers(stack)) {
      const targets = new TargetGroup(
        healthCheckOf(targetGroup),
        targetGroup.number("deregistration_delay", 300) * 1000,
        (id, state) => {
          if (state !== "draining") log(`${resource.id}: ${id.slice(0, 6)} is ${state}`);
        },
      );
      const balancer = new LoadBalancer(targets);
      const wanted = this.balancers.size === 0 ? port : 0;
      try {
        await balancer.listen(wanted);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
        throw new UsageError(`port ${wanted} is taken by another program: choose another one with --port`, {
          cause: error,
        });
      }
      this.targetGroups.set(targetGroup.address, targets);
      this.balancers.set(resource.address, balancer);
    }
  }

  /** Starts the gateway, and the emulators with the stack's tables, buckets and queues behind it. */
  async startGateway(
    { stack, seed }: LocalStackOptions,
    log: Log,
  ): Promise<{ gateway: Gateway; emulators: Emulators }> {
    const gateway = new Gateway({
      place: { region: stack.region, accountId: localAccountId },
      suggest: (caller, access) => suggestGrant(stack, caller, access),
      log,
      seed,
    });
    this.gateway = gateway;
    useLocalAddresses(stack, await gateway.listen(), this.balancers);
    const emulators = await startEmulators(stack);
    this.emulators = emulators;
    gateway.forwardTo(emulators.endpoints, emulators.queueUrls);
    const policies = readPolicies(stack);
    gateway.setPolicies(policies);
    log("emulators: DynamoDB, S3 and SQS are up, behind a gateway that enforces the roles' policies");
    for (const [role, rules] of policies) {
      for (const line of rules.unsupported(services)) log(`policies: ${role}: ${line}`);
    }
    log(`not run here: ${notRun(stack).join(", ")}`);
    const partial = notEmulated(stack);
    if (partial.length > 0) log(`without effect here: ${partial.join("; ")}`);
    return { gateway, emulators };
  }

  /** Starts the fleets; they are not in service yet. */
  startFleets(
    { stack, capacity = {}, environment = {}, imageName = "local", timeFactor = 1 }: LocalStackOptions,
    gateway: Gateway,
    folders: Folders,
    log: Log,
  ): Map<string, Fleet> {
    const fleets = planFleets(stack, folders).map((planned) => {
      const plan = hurried(planned, timeFactor);
      const targetGroups = plan.targetGroups.flatMap(({ address }) => this.targetGroups.get(address) ?? []);
      const fleet = new Fleet({
        ...plan,
        template: { image: imageName, launch: plan.launch },
        capacity: { ...plan.capacity, desired: capacity[plan.name] ?? plan.capacity.desired },
        zones: Array.from({ length: plan.zoneCount }, (_, index) => `zone ${"abcdef".charAt(index % 6)}`),
        targetGroups,
        overridesFor: (session) => {
          const credentials = gateway.credentials.issue({ name: plan.name, role: plan.role, session });
          return { ...awsEnvironment(gateway.url, stack.region, credentials), ...environment[plan.name] };
        },
        reaper: this.reaper,
        log: (line) => {
          log(`${plan.name}: ${line}`);
        },
        note: this.journal.noteFor(plan.name),
      });
      this.fleets.push(fleet);
      fleet.start();
      return fleet;
    });
    return new Map(fleets.map((fleet) => [fleet.name, fleet]));
  }

  /** Starts to watch the stack, and to scale its fleets. */
  startScaling(
    { stack, scalingTimeFactor = 1 }: LocalStackOptions,
    { queues }: Emulators,
    fleets: ReadonlyMap<string, Fleet>,
    log: Log,
  ): { monitor: Monitor; scaling: Scaling } {
    const monitor = new Monitor(this.fleets, queues, log);
    const balancers = planLoadBalancers(stack).flatMap(({ resource, targetGroup }) => {
      const balancer = this.balancers.get(resource.address);
      const names = [arnSuffixOf(stack, resource), arnSuffixOf(stack, targetGroup)];
      return balancer === undefined ? [] : [{ balancer, names }];
    });
    const { journal } = this;
    const scaling = new Scaling({ stack, fleets, queues, balancers, timeFactor: scalingTimeFactor, journal, log });
    this.monitor = monitor;
    this.scaling = scaling;
    monitor.run();
    scaling.run();
    return { monitor, scaling };
  }
}

/** Tells a stack what stands for ARNs, URLs and data sources on this machine. */
export function useLocalAddresses(
  stack: SynthesizedStack,
  endpoint: string,
  balancers: ReadonlyMap<string, LoadBalancer>,
): void {
  const place = { region: stack.region, accountId: localAccountId };
  const addresses: LocalAddresses = {
    ...place,
    endpoint,
    loadBalancer: ({ address }) => `localhost:${balancers.get(address)?.port ?? 0}`,
  };
  stack.answerWith(localAttributes(addresses), localDataSources(place));
}

/** What the AWS SDK in a service reads: here the gateway and the instance's credentials take the place of AWS. */
function awsEnvironment(endpoint: string, region: string, credentials: IssuedCredentials): Record<string, string> {
  return {
    AWS_REGION: region,
    // Every service, also one that does not run here: a call must never leave this machine.
    AWS_ENDPOINT_URL: endpoint,
    AWS_ENDPOINT_URL_DYNAMODB: endpoint,
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_ENDPOINT_URL_SQS: endpoint,
    AWS_EC2_METADATA_DISABLED: "true",
    // The images have their own version of Node; the SDK's opinion of this machine's is of no use in the services' output.
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    ...(credentials.sessionToken !== undefined && { AWS_SESSION_TOKEN: credentials.sessionToken }),
  };
}
