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
  readonly now: number;
}

/** Keeps as many instances as desired; the successor of an unhealthy one is in service before that one leaves. */
export function keepCapacity({ members, launching, desired }: Situation): Steps {
  const staying = members.filter(({ leaving }) => !leaving);
  const unhealthy = staying.filter((member) => member.unhealthy);
  const launch = Math.max(desired + unhealthy.length - staying.length - launching, 0);
  const inService = staying.filter(({ inServiceSince }) => inServiceSince !== undefined);
  if (inService.length <= desired) return { launch, retire: [] };
  const [surplus] = unhealthy.length > 0 ? unhealthy : leastNeeded(staying);
  const why = unhealthy.length > 0 ? "unhealthy, replaced" : "no longer needed";
  return { launch, retire: surplus === undefined ? [] : [{ id: surplus.id, why }] };
}

/** One that does not serve yet comes first, then the oldest of the fullest zone. */
function leastNeeded(members: readonly Member[]): Member[] {
  const size = (zone: string): number => members.filter((member) => member.zone === zone).length;
  const serves = ({ serving }: Member): number => (serving ? 1 : 0);
  return [...members].sort((a, b) => serves(a) - serves(b) || size(b.zone) - size(a.zone) || a.startedAt - b.startedAt);
}
