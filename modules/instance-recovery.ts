import { rule, type Rule } from "./validation";

/**
 * Families that CloudWatch's recovery moves to another host, with a disk that comes along: "Requirements for enabling
 * CloudWatch action based recovery" in https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/cloudwatch-recovery.html, less
 * those of `WITH_INSTANCE_STORE`. What AWS has added since:
 * `aws ec2 describe-instance-types --filters Name=auto-recovery-supported,Values=true Name=instance-storage-supported,Values=false`.
 */
const RECOVERABLE = new Set(
  [
    // General purpose
    "a1 m4 m5 m5a m5n m5zn m6a m6g m6i m6in m7a m7g m7i m7i-flex m8a m8azn m8g m8gb m8gn m8i m8i-flex t1 t2 t3 t3a t4g",
    // Compute optimized
    "c4 c5 c5a c5n c6a c6g c6gn c6i c6in c7a c7g c7gn c7i c7i-flex c8a c8g c8gb c8gn c8i c8i-flex",
    // Memory optimized
    "r4 r5 r5a r5b r5n r6a r6g r6i r6in r7a r7g r7i r7iz r8a r8g r8gb r8gn r8i r8i-flex x2iezn x8g x8i",
    "u-3tb1 u-6tb1 u-9tb1 u-12tb1 u-18tb1 u-24tb1 u7i-6tb u7i-8tb u7i-12tb u7in-16tb u7in-24tb u7in-32tb u7inh-32tb",
    // Accelerated and high-performance computing
    "g3 g5g inf1 p3 vt1 hpc6a hpc7a hpc7g hpc8a",
  ].flatMap((line) => line.split(" ")),
);

/** They recover too, and lose what is on their instance store volumes (the same page). */
const WITH_INSTANCE_STORE = new Set(["c3", "m3", "r3", "x1", "x1e", "x2idn", "x2iedn"]);

/** That a machine of this type is the same after a recovery, its disk included. */
export function recoveryRules(instanceType: string): Rule<unknown>[] {
  const familyOf = (type: string) => type.split(".")[0] ?? "";
  return [
    rule(
      "instanceType",
      instanceType,
      (type) => !WITH_INSTANCE_STORE.has(familyOf(type)),
      "a type without instance store volumes, whose content a recovery loses",
    ),
    rule(
      "instanceType",
      instanceType,
      (type) => RECOVERABLE.has(familyOf(type)) || WITH_INSTANCE_STORE.has(familyOf(type)),
      "a type of a family that EC2 can recover (modules/instance-recovery.ts), such as t3.small",
    ),
  ];
}
