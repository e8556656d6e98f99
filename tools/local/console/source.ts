import type { ObjectContent, StoredObject } from "../objects";
import type { StackSnapshot } from "../snapshot";

/** What the console needs of a running stack. `LocalStack` has all of it. */
export interface ConsoleSource {
  /** Everything that there is to see at this moment. */
  snapshot(): Promise<StackSnapshot>;
  /** Ends an instance as a crash would: `kill -9` for the service and all its child processes. */
  killInstance(fleet: string, id: string): Promise<void> | void;
  /** Kills every instance in a zone and launches nothing there until `bringZoneBack`. */
  takeZoneDown(zone: string): Promise<void> | void;
  /** Lets instances be launched in a zone again. */
  bringZoneBack(zone: string): Promise<void> | void;
  /** The objects of a bucket that were written last, newest first. */
  latestObjects(bucket: string, count: number): Promise<readonly StoredObject[]>;
  /** An object with its content; undefined when there is none. */
  readObject(bucket: string, key: string): Promise<ObjectContent | undefined>;
}
