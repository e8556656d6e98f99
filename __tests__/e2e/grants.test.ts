import { SendMessageCommand } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { roleName } from "../../tools/local/terraform/attributes";
import { SynthesizedStack } from "../../tools/local/terraform/synthesized";
import { asString } from "../../tools/local/terraform/value";
import { Imagery, imageryStack } from "./support/imagery";
import { photo } from "./support/photos";

/** Granted for what only a machine does: Session Manager, the boot script, the log agent. Nothing of it runs here. */
const onlyOnMachines = [
  ...["ssmmessages:*", "ssm:UpdateInstanceInformation", "ec2messages:*"],
  ...["autoscaling:CompleteLifecycleAction", "logs:CreateLogStream", "logs:PutLogEvents"],
];

interface Grant {
  readonly role: string;
  readonly action: string;
}

interface Policy {
  readonly Statement: { Action: string[] }[];
}

const synthesized = imageryStack();

/** Every granted (role, action), read from the synthesized JSON itself; roles by the id of their fleet. */
const grants: Grant[] = synthesized.ofType("aws_iam_role_policy").flatMap((resource) => {
  const policy = JSON.parse(asString(resource.raw("policy") ?? "")) as Policy;
  return policy.Statement.flatMap(({ Action }) => Action)
    .filter((action) => !onlyOnMachines.includes(action))
    .map((action) => ({ role: resource.follow("role").id, action }));
});

/** The synthesized stack as it would be without one grant. */
function without(revoked: Grant): SynthesizedStack {
  const changed = structuredClone(synthesized.json) as {
    resource: { aws_iam_role_policy: Record<string, { policy: string }> };
  };
  for (const resource of synthesized.ofType("aws_iam_role_policy")) {
    const body = changed.resource.aws_iam_role_policy[resource.name];
    if (resource.follow("role").id !== revoked.role || body === undefined) continue;
    const policy = JSON.parse(body.policy) as Policy;
    for (const statement of policy.Statement) {
      statement.Action = statement.Action.filter((action) => action !== revoked.action);
    }
    body.policy = JSON.stringify(policy);
  }
  return new SynthesizedStack("imagery", changed);
}

let imagery: Imagery;
let small: Buffer;
let tooLarge: Buffer;

/** Does everything that the applications offer, so that each does all that it ever does. Errors are the caller's to judge. */
async function scenario(): Promise<void> {
  const { id: refused } = await imagery.create();
  // Above the limit, which shows only when the first part is stored: the server removes it.
  await imagery.uploadOfUnknownSize(refused, tooLarge);

  // The message is lost on its way: the sweep queues it again.
  imagery.local.gateway.faults.add({ kind: "error", caller: "server", operation: "SendMessage", times: 3 });
  const id = await imagery.submit(small);
  const processed = await imagery.reaches(id, "processed", 30);
  await imagery.result(processed);

  // Poison, which the worker gives back at once.
  await imagery.sqs.send(new SendMessageCommand({ QueueUrl: imagery.queueUrl, MessageBody: "poison" }));
  await imagery.queueHolds(imagery.queueUrl, 0);
}

beforeAll(async () => {
  small = await photo(1, 320, 240);
  tooLarge = Buffer.concat([small, Buffer.alloc(11 * 1024 ** 2)]);
  imagery = await Imagery.start({ stack: synthesized });
}, 60_000);

afterAll(() => imagery.stop(), 60_000);

describe("the grants of the imagery stack", () => {
  it("are all used, and no other is needed", async () => {
    await scenario();
    expect(imagery.local.gateway.denied).toEqual([]);
    const used = [...imagery.local.gateway.used.values()].map(({ caller, action }) => `${caller} ${action}`);
    const granted = grants.map(({ role, action }) => `${role} ${action}`);
    expect([...new Set(used)].sort()).toEqual([...new Set(granted)].sort());
  }, 60_000);

  it.each(grants)(
    "are all needed: $role without $action is denied it",
    async (grant) => {
      const { gateway } = imagery.local;
      gateway.denied.length = 0;
      gateway.setPolicies(imagery.local.policiesOf(without(grant)));
      const attempt = scenario().catch(() => undefined);
      try {
        await imagery.until(`${grant.role} is denied ${grant.action}`, () => gateway.denied.length > 0, 30);
      } finally {
        gateway.setPolicies(imagery.local.policiesOf(synthesized));
      }
      const denied = gateway.denied.map(({ caller, action }) => `${caller} ${action}`);
      expect([...new Set(denied)]).toEqual([`${grant.role} ${grant.action}`]);
      expect(gateway.denied[0]?.role).toBe(roleOf(grant.role));

      // With the grant back, everything comes to its end by itself.
      await attempt;
      gateway.faults.clear();
      await imagery.queueHolds(imagery.queueUrl, 0);
    },
    120_000,
  );
});

function roleOf(fleet: string): string {
  const role = synthesized.ofType("aws_iam_role").find(({ id }) => id === fleet);
  return role === undefined ? "" : roleName(role);
}
