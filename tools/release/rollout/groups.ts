/** Statuses of an instance refresh, in the words of AWS's API (`DescribeInstanceRefreshes`). */
export type RefreshStatus =
  | "Pending"
  | "InProgress"
  | "Successful"
  | "Failed"
  | "Cancelling"
  | "Cancelled"
  | "RollbackInProgress"
  | "RollbackFailed"
  | "RollbackSuccessful"
  | "Baking";

/** A replacement of a group's instances. */
export interface Refresh {
  readonly id: string;
  readonly status: RefreshStatus;
  /** 0 to 100 */
  readonly percentage: number;
  /** Why it is where it is, in AWS's words */
  readonly reason?: string | undefined;
}

/** A machine of a group. */
export interface GroupInstance {
  readonly id: string;
  /** Launched as the group launches instances now: image, size, user data, everything */
  readonly current: boolean;
  /** In service, and healthy by the group's own check */
  readonly ready: boolean;
}

/** An Auto Scaling group at one moment. */
export interface GroupState {
  readonly name: string;
  readonly desired: number;
  /** What it launches from now on; undefined where that cannot be told */
  readonly image: string | undefined;
  readonly instances: readonly GroupInstance[];
  /** The newest refresh, if there ever was one */
  readonly refresh?: Refresh | undefined;
  /** Launches that failed lately, the newest first */
  readonly failedLaunches: readonly FailedLaunch[];
}

/** An instance that did not come into service. */
export interface FailedLaunch {
  readonly id: string;
  readonly reason: string;
}

/** The Auto Scaling groups of one stack: AWS's, or those of a rehearsal. */
export interface Groups {
  /** The groups that exist; before a stack's first deployment there are none. */
  describe(): Promise<readonly GroupState[]>;
  /** Ends a group's running refresh. Returns at once; ends quietly when there is none to cancel. */
  cancelRefresh(group: string): Promise<void>;
}

/** Whether a refresh still changes the group. */
export function isRunning({ status }: Refresh): boolean {
  return ["Pending", "InProgress", "Cancelling", "RollbackInProgress", "Baking"].includes(status);
}
