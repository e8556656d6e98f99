import { describe, expect, it } from "@jest/globals";
import { ElasticIp } from "../../modules/elastic-ip";
import { Instance } from "../../modules/instance";
import { MachineImage } from "../../modules/machine-image";
import type { Stack } from "../../modules/stack";
import { Vpc } from "../../modules/vpc";
import { curlOf, machineForEachTest, type Boot, type StandIns } from "../support/booted-machine";
import { bootScriptOf } from "../support/handed-over";
import { fleet } from "../support/fleet";
import { synthesize } from "../support/synthesized";

const one = { capacity: { min: 1, max: 1 } };

const instance = (scope: Stack) =>
  new Instance(scope, "thing", {
    vpc: new Vpc(scope, "thing-vpc", { egress: "public-ip" }),
    image: MachineImage.amazonLinux2023(),
    service: { unit: "thing", port: 8080 },
    alarms: "nobody",
  });

const claimed = synthesize((scope) => {
  const address = new ElasticIp(scope, "address");
  address.claimedBy(fleet(scope, one));
  scope.output("host", address.publicIp, "Where it is");
});

describe("ElasticIp", () => {
  it("is an address of the VPC, which says its name and its number", () => {
    expect(claimed.one("aws_eip")).toMatchObject({ domain: "vpc", tags: { Name: "example-test-address" } });
    expect(claimed.json.output.host?.value).toMatch(/^\$\{aws_eip\.address_\w+\.public_ip\}$/);
  });

  it("that is attached belongs to that machine, and comes back when somebody has moved it", () => {
    const stack = synthesize((scope) => {
      new ElasticIp(scope, "address").attachTo(instance(scope));
    });
    expect(stack.one("aws_eip_association")).toMatchObject({
      allocation_id: expect.stringMatching(/^\$\{aws_eip\.address_\w+\.id\}$/),
      instance_id: expect.stringMatching(/^\$\{aws_instance\.thing_instance_\w+\.id\}$/),
      allow_reassociation: true,
    });
    expect(stack.policiesOf("thing").address).toBeUndefined();
  });

  it("that is claimed may be taken by the fleet's machines for themselves, and no other address", () => {
    expect(claimed.all("aws_eip_association")).toEqual([]);
    expect(claimed.policiesOf("things").address).toEqual([
      {
        Effect: "Allow",
        Action: ["ec2:AssociateAddress"],
        Resource: [
          expect.stringMatching(/^arn:\$\{.*\}:ec2:eu-west-1:\$\{.*\}:elastic-ip\/\$\{aws_eip\.address_\w+\.id\}$/),
        ],
      },
      {
        Effect: "Allow",
        Action: ["ec2:AssociateAddress"],
        Resource: [expect.stringMatching(/:instance\/\*$/), expect.stringMatching(/:network-interface\/\*$/)],
        Condition: { StringEquals: { "aws:ResourceTag/Name": "example-test-things" } },
      },
    ]);
  });

  it.each<[string, (address: ElasticIp, scope: Stack) => void]>([
    [
      "attached",
      (address, scope) => {
        address.attachTo(instance(scope));
      },
    ],
    [
      "claimed",
      (address, scope) => {
        address.claimedBy(instance(scope));
      },
    ],
  ])("that is in use cannot be %s as well: the error names both", (_, use) => {
    const make = () =>
      synthesize((scope) => {
        const address = new ElasticIp(scope, "address");
        address.claimedBy(fleet(scope, one));
        use(address, scope);
      });
    expect(make).toThrow("example/address: cannot be used by example/thing, it is used by example/things already");
  });
});

describe("A machine that claims an address", () => {
  const script = bootScriptOf(claimed);
  const MINE = "203.0.113.9";
  const machine = machineForEachTest();

  const metadata = { "instance-id": "i-0123456789abcdef0", "public-ipv4": MINE };
  const boot = (standIns: StandIns = {}): Boot => machine().boot(script, { curl: curlOf(metadata, true), ...standIns });
  const calls = (result: Boot, command: string) => result.calls.filter((call) => call.startsWith(command));
  const reports = (result: Boot) => calls(result, "aws autoscaling").map((call) => call.split(" ").at(-1));
  const callsOfAws = (associate: string) => `case "$*" in *associate-address*) ${associate} ;; esac`;

  it("takes it once its service answers, from whoever has it, and reports success after that", () => {
    const result = boot();
    expect(result).toMatchObject({ status: 0, stderr: "" });
    const order = result.calls.filter((call) => /^(systemctl|aws)/.test(call));
    expect(order).toEqual([
      "systemctl enable --now thing.service",
      "aws ec2 associate-address --region eu-west-1 --allocation-id eipalloc-0123456789abcdef0" +
        " --instance-id i-0123456789abcdef0 --allow-reassociation --query AssociationId --output text",
      expect.stringContaining("--lifecycle-action-result CONTINUE"),
    ]);
  });

  it("calls again when an answer is lost, but not once it has succeeded", () => {
    const result = boot({ aws: callsOfAws("echo >> @root/tries; [[ $(wc -l < @root/tries) -eq 2 ]]") });
    expect(result.status).toBe(0);
    expect(calls(result, "aws ec2 associate-address")).toHaveLength(2);
  });

  it("waits until it has the address, which takes EC2 some seconds", () => {
    const late = `case "$*" in
      *public-ipv4*) echo >> @root/asked; if (($(wc -l < @root/asked) < 3)); then exit 22; fi ;;
    esac`;
    const result = boot({ curl: `${late}\n${curlOf(metadata, true)}` });
    expect(result.status).toBe(0);
    expect(calls(result, "aws ec2 associate-address")).toHaveLength(1);
    expect(reports(result)).toEqual(["CONTINUE"]);
  });

  it.each<[string, StandIns, string]>([
    ["may not take it", { aws: callsOfAws("exit 254") }, "eipalloc-0123456789abcdef0 associated with this machine"],
    ["gets no answer", { timeout: "exit 124" }, "eipalloc-0123456789abcdef0 associated with this machine"],
    [
      "loses it to another",
      { curl: curlOf({ ...metadata, "public-ipv4": "198.51.100.1" }, true) },
      `address ${MINE} is this machine's and not taken by another`,
    ],
    [
      "has no public address at all",
      { curl: curlOf({ "instance-id": "i-0123456789abcdef0" }, true) },
      `address ${MINE} is this machine's and not taken by another`,
    ],
  ])("and %s: gives up in time and says what did not happen", (_, standIns, what) => {
    const result = boot(standIns);
    expect(result.status).not.toBe(0);
    expect(result.stderr).toContain(`${what}: not within 300 s\n`);
    expect(reports(result)).toEqual(["ABANDON"]);
  });

  it("limits each call, whose answer may go to the address that it had before", () => {
    const result = boot({ timeout: 'shift; exec "$@"' });
    expect(calls(result, "timeout")).toEqual([expect.stringMatching(/^timeout 30 aws ec2 associate-address /)]);
  });

  it("leaves it where it is when its own service does not answer", () => {
    const result = boot({ curl: curlOf(metadata, false) });
    expect(result.status).not.toBe(0);
    expect(calls(result, "aws ec2")).toEqual([]);
  });
});
