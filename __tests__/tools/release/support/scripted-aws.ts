import { AutoScalingClient } from "@aws-sdk/client-auto-scaling";
import { CloudWatchClient, type DescribeAlarmsCommandInput } from "@aws-sdk/client-cloudwatch";
import { EC2Client } from "@aws-sdk/client-ec2";
import { SSMClient } from "@aws-sdk/client-ssm";
import { STSClient } from "@aws-sdk/client-sts";
import { mockClient } from "aws-sdk-client-mock";
import { type AwsClients, awsClients } from "../../../../tools/release/aws/clients";
import { type Answer, ACCOUNT } from "./answers";
import { ScriptedGroups } from "./scripted-groups";
import { ScriptedImages } from "./scripted-images";
import { ScriptedParameters } from "./scripted-parameters";

/** What happens before a command is answered. */
interface Event {
  readonly command: string;
  readonly action: () => void;
  /** Calls that pass before it happens, and calls to which it happens */
  skip: number;
  times: number;
}

/**
 * AWS as far as releases use it: a small state machine behind the `send` of the SDK's clients. Nothing in it goes by the clock:
 * an instance refresh is one step further at each look at its group.
 */
export class ScriptedAws {
  readonly images = new ScriptedImages();
  readonly parameters = new ScriptedParameters((id) => this.images.isAvailable(id));
  readonly groups = new ScriptedGroups();
  /** Names of alarms that ring */
  readonly ringing = new Set<string>();
  /** Every command that changes something, with what it changes, in order */
  readonly writes: string[] = [];
  readonly clients: AwsClients = awsClients("eu-west-1");

  readonly #events: Event[] = [];
  readonly #calls = new Map<string, number>();
  readonly #mocks = [EC2Client, SSMClient, AutoScalingClient, CloudWatchClient, STSClient].map((client) =>
    mockClient(client as typeof EC2Client),
  );
  readonly #answers: Record<string, Answer> = {
    ...this.images.answers,
    ...this.parameters.answers,
    ...this.groups.answers,
    DescribeAlarms: ({ AlarmNames = [] }: DescribeAlarmsCommandInput) => ({
      MetricAlarms: AlarmNames.filter((name) => this.ringing.has(name)).map((AlarmName) => ({ AlarmName })),
    }),
    DescribeLaunchTemplates: () => ({ LaunchTemplates: [] }),
    DescribeInstances: () => ({ Reservations: [] }),
    GetCallerIdentity: () => ({ Account: ACCOUNT, Arn: `arn:aws:iam::${ACCOUNT}:user/somebody` }),
  };

  constructor() {
    for (const { send } of this.#mocks) {
      send.callsFake(async (command: object) => {
        await Promise.resolve();
        return this.#answer(command as { input: Readonly<Record<string, unknown>> }) as never;
      });
    }
  }

  /** How often a command was sent. */
  calls(command: string): number {
    return this.#calls.get(command) ?? 0;
  }

  /** Answers a command with what the test says, from now on. */
  answer(command: string, answer: Answer): void {
    this.#answers[command] = answer;
  }

  /** Does something before the next calls of a command are answered, or instead of the answer when it throws. */
  before(command: string, action: () => void, { skip = 0, times = 1 } = {}): void {
    this.#events.push({ command, action, skip, times });
  }

  /** Answers the next calls of a command with an error. */
  fails(command: string, error: Error, { skip = 0, times = 1 } = {}): void {
    const fail = (): void => {
      throw error;
    };
    this.before(command, fail, { skip, times });
  }

  /** Gives the SDK's clients back what they do. */
  restore(): void {
    for (const mock of this.#mocks) mock.restore();
  }

  #answer(command: { input: Readonly<Record<string, unknown>> }): object {
    const name = command.constructor.name.replace(/Command$/, "");
    this.#calls.set(name, this.calls(name) + 1);
    for (const event of this.#events.filter((one) => one.command === name && one.times > 0)) {
      if (event.skip > 0) {
        event.skip -= 1;
        continue;
      }
      event.times -= 1;
      event.action();
    }
    const answer = this.#answers[name];
    if (!answer) throw new Error(`the script does not know ${name}`);
    if (!/^(Describe|Get)/.test(name)) this.writes.push([name, ...subjectOf(command.input)].join(" "));
    return answer(command.input as never);
  }
}

/** What a command changes, as it stands in `writes`. */
function subjectOf(input: Readonly<Record<string, unknown>>): string[] {
  return ["Name", "Value", "ParameterVersion", "AutoScalingGroupName", "ImageId", "SnapshotId"]
    .map((key) => input[key])
    .filter((value) => typeof value === "string" || typeof value === "number")
    .map(String);
}
