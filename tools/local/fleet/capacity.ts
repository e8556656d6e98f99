/** An instance as its group sees it at one moment. */
export interface Member {
  readonly id: string;
  readonly zone: string;
  readonly startedAt: number;
  /** Launched from the image that the group launches now */
  readonly current: boolean;
  /** When it passed the launching hook; undefined before that */
  readonly inServiceSince: number | undefined;
  /** In service, and healthy in every target group */
  readonly serving: boolean;
  /** Found unhealthy by a target group, where that counts as dead */
  readonly unhealthy: boolean;
  /** Draining or stopping: it does not count any more */
  readonly leaving: boolean;
}

/** What a group is to do next. */
export interface Steps {
  /** How many instances to launch */
  readonly launch: number;
  /** Which instances to take away, and why */
  readonly retire: readonly { readonly id: string; readonly why: string }[];
}

/** A group at one moment. */
export interface Situation {
  readonly members: readonly Member[];
  /** Launches that are under way and no members yet */
  readonly launching: number;
  readonly desired: number;
  /** The zones in which instances can be launched */
  readonly zones: readonly string[];
  readonly now: number;
}

/**
 * Keeps as many instances as desired; the successor of an unhealthy one is in service before that one leaves. When a zone holds
 * at least two more than another one, an instance is launched in the latter before one of the former leaves.
 */
export function keepCapacity({ members, launching, desired, zones }: Situation): Steps {
  const staying = members.filter(({ leaving }) => !leaving);
  const unhealthy = staying.filter((member) => member.unhealthy);
  const launch = Math.max(desired + unhealthy.length - staying.length - launching, 0);
  const inService = staying.filter(({ inServiceSince }) => inServiceSince !== undefined);
  if (inService.length <= desired) {
    const isQuiet =
      launching === 0 && unhealthy.length === 0 && staying.length === desired && inService.length === desired;
    return { launch: isQuiet && isLopsided(staying, zones) ? 1 : launch, retire: [] };
  }
  const [surplus] = unhealthy.length > 0 ? unhealthy : leastNeeded(staying, zones);
  const serving = staying.filter((member) => member.serving).length;
  // One that serves stays until as many others do.
  if (surplus === undefined || (surplus.serving && serving <= desired)) return { launch, retire: [] };
  const why = unhealthy.length > 0 ? "unhealthy, replaced" : "no longer needed";
  return { launch, retire: [{ id: surplus.id, why }] };
}

/** Whether moving an instance from one zone to another would make them more alike. */
function isLopsided(members: readonly Member[], zones: readonly string[]): boolean {
  const sizes = zones.map((zone) => members.filter((member) => member.zone === zone).length);
  return Math.max(...sizes) - Math.min(...sizes) > 1;
}

/** Those without which the zones are still alike; of these one that does not serve yet, then the oldest of the fullest zone. */
function leastNeeded(members: readonly Member[], zones: readonly string[]): Member[] {
  const size = (zone: string): number => members.filter((member) => member.zone === zone).length;
  const serves = ({ serving }: Member): number => (serving ? 1 : 0);
  const tips = (member: Member): number =>
    isLopsided(
      members.filter((other) => other !== member),
      zones,
    )
      ? 1
      : 0;
  return [...members].sort(
    (a, b) => tips(a) - tips(b) || serves(a) - serves(b) || size(b.zone) - size(a.zone) || a.startedAt - b.startedAt,
  );
}
