import { probe } from "../fleet/probe";
import type { Resource } from "../terraform/synthesized";

/** The health check of an aws_lb_target_group, with AWS's defaults. */
export interface HealthCheck {
  readonly path: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
  /** Codes that mean healthy: "200", "200,202", "200-299" */
  readonly matcher: string;
}

export type TargetState = "initial" | "healthy" | "unhealthy" | "draining";

interface Target {
  readonly id: string;
  readonly port: number;
  state: TargetState;
  /** Checks in a row that were unlike the state */
  streak: number;
  inFlight: number;
  timer: NodeJS.Timeout | undefined;
  onIdle: (() => void) | undefined;
}

/** A request's hold on a target; to be released when the request is over. */
export interface Lease {
  readonly id: string;
  readonly port: number;
  readonly release: () => void;
}

/** Reads the health check of a synthesized target group. */
export function healthCheckOf(group: Resource): HealthCheck {
  const [block] = group.blocks("health_check");
  return {
    path: block?.optionalString("path") ?? "/",
    intervalMs: (block?.number("interval", 30) ?? 30) * 1000,
    timeoutMs: (block?.number("timeout", 5) ?? 5) * 1000,
    healthyThreshold: block?.number("healthy_threshold", 5) ?? 5,
    unhealthyThreshold: block?.number("unhealthy_threshold", 2) ?? 2,
    matcher: block?.optionalString("matcher") ?? "200",
  };
}

/** The targets of a load balancer, checked and chosen as an Application Load Balancer does. */
export class TargetGroup {
  private readonly targets = new Map<string, Target>();
  private turn = 0;

  /**
   * @param healthCheck what makes a target healthy
   * @param deregistrationDelayMs how long a target that leaves may take to finish its requests
   * @param onChange told of every change of a target's state
   */
  constructor(
    readonly healthCheck: HealthCheck,
    private readonly deregistrationDelayMs: number,
    private readonly onChange: (id: string, state: TargetState) => void = () => undefined,
  ) {}

  /** Adds a target in state "initial" and checks it at once; one success makes a new target healthy. */
  register(id: string, port: number): void {
    const target: Target = { id, port, state: "initial", streak: 0, inFlight: 0, timer: undefined, onIdle: undefined };
    this.targets.set(id, target);
    void this.check(target);
  }

  /** Sends no new requests to a target and forgets it when its requests are done, or when the delay is over. */
  async deregister(id: string): Promise<void> {
    const target = this.targets.get(id);
    if (target === undefined) return;
    this.change(target, "draining");
    clearTimeout(target.timer);
    if (target.inFlight > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, this.deregistrationDelayMs);
        target.onIdle = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.targets.delete(id);
  }

  /** Forgets a target that does not exist any more, with its requests. */
  remove(id: string): void {
    const target = this.targets.get(id);
    clearTimeout(target?.timer);
    target?.onIdle?.();
    this.targets.delete(id);
  }

  /** The state of a target; undefined when it is not registered */
  stateOf(id: string): TargetState | undefined {
    return this.targets.get(id)?.state;
  }

  /** How many targets are healthy */
  get healthyCount(): number {
    return this.inState("healthy").length;
  }

  /** How many targets are unhealthy */
  get unhealthyCount(): number {
    return this.inState("unhealthy").length;
  }

  /**
   * The target for the next request, in turn among the healthy ones. When all are unhealthy, among these ("fail open",
   * as AWS does); undefined when there is none.
   */
  lease(): Lease | undefined {
    const healthy = this.inState("healthy");
    const eligible = healthy.length > 0 ? healthy : this.inState("unhealthy");
    const target = eligible[this.turn++ % Math.max(eligible.length, 1)];
    if (target === undefined) return undefined;
    target.inFlight += 1;
    let released = false;
    const release = (): void => {
      if (released) return;
      released = true;
      target.inFlight -= 1;
      if (target.inFlight === 0) target.onIdle?.();
    };
    return { id: target.id, port: target.port, release };
  }

  /** Ends all checks. */
  close(): void {
    for (const id of [...this.targets.keys()]) this.remove(id);
  }

  private inState(state: TargetState): Target[] {
    return [...this.targets.values()].filter((target) => target.state === state);
  }

  private async check(target: Target): Promise<void> {
    const { path, timeoutMs, intervalMs } = this.healthCheck;
    const status = await probe(target.port, path, timeoutMs);
    if (this.targets.get(target.id) !== target || target.state === "draining") return;
    this.judge(target, status !== undefined && matchesCode(status, this.healthCheck.matcher));
    target.timer = setTimeout(() => void this.check(target), intervalMs);
  }

  private judge(target: Target, passed: boolean): void {
    if (target.state === (passed ? "healthy" : "unhealthy")) {
      target.streak = 0;
      return;
    }
    target.streak += 1;
    const { healthyThreshold, unhealthyThreshold } = this.healthCheck;
    const needed = passed ? (target.state === "initial" ? 1 : healthyThreshold) : unhealthyThreshold;
    if (target.streak < needed) return;
    target.streak = 0;
    this.change(target, passed ? "healthy" : "unhealthy");
  }

  private change(target: Target, state: TargetState): void {
    target.state = state;
    this.onChange(target.id, state);
  }
}

/** Whether a status code is one of a matcher such as "200", "200,202" or "200-299". */
export function matchesCode(status: number, matcher: string): boolean {
  return matcher.split(",").some((range) => {
    const [from = "", to = from] = range.trim().split("-");
    return status >= Number(from) && status <= Number(to);
  });
}
