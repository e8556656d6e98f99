import type { Construct } from "constructs";
import type { Stack, StackProps } from "../modules/stack";
import { Imagery } from "./imagery";

/** Every architecture under the name that `cdktf deploy` takes. */
export const STACKS: Readonly<Record<string, new (scope: Construct, id: string, props: StackProps) => Stack>> = {
  imagery: Imagery,
};
