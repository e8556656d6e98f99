import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { noteCall } from "./calls";
import type { Fleet } from "./terraform-fleet";
import { type Plan, type State, planJson, planText, readStack } from "./terraform-plan";

/**
 * Stands in for Terraform, for the part of a stack that a release is about: launch templates and Auto Scaling groups. The plan
 * reads the published image as the stack's data source would, the apply calls the API as the provider would, and the state is
 * a file.
 */
const [command, ...args] = process.argv.slice(2);
noteCall("terraform", command, args);
const file = args.at(-1) ?? "";
const stack = readStack(process.cwd());

switch (command) {
  case "init":
    break;
  case "plan":
    process.exitCode = await plan();
    break;
  case "show":
    console.log(args.includes("-json") ? JSON.stringify(planJson(stack, readPlan())) : planText(stack, readPlan()));
    break;
  case "apply":
    await apply();
    break;
  case "output": {
    const { applied } = readState();
    const url = process.env.STAND_IN_URL;
    console.log(JSON.stringify(applied ? { url: { sensitive: false, type: "string", value: url } } : {}));
    break;
  }
  default:
    throw new Error(`the stand-in for Terraform cannot ${command ?? "run without a command"}`);
}

async function plan(): Promise<number> {
  const fleet = await connect();
  const published = await fleet.parameters(stack.imagePath);
  const missing = stack.postconditions.find(({ parameter }) => !published.has(parameter));
  if (missing) {
    console.error(`\nError: Resource postcondition failed\n\n${missing.message}\n`);
    return 1;
  }
  const state = readState();
  const images = Object.fromEntries(
    stack.groups.map(({ template, parameter }) => [template, published.get(parameter) ?? ""]),
  );
  const made: Plan = { serial: state.serial, before: state.images, images, first: !state.applied };
  const [, out] = /^-out=(.+)$/.exec(args.find((argument) => argument.startsWith("-out=")) ?? "") ?? [];
  if (out === undefined) throw new Error("a plan needs -out");
  writeFileSync(out, JSON.stringify(made));
  const changes = made.first || Object.entries(images).some(([template, image]) => state.images[template] !== image);
  return args.includes("-detailed-exitcode") && changes ? 2 : 0;
}

async function apply(): Promise<void> {
  const { serial, images } = readPlan();
  const state = readState();
  if (serial !== state.serial) {
    console.error("\nError: Saved plan is stale\n\nThe given plan file can no longer be applied.");
    process.exitCode = 1;
    return;
  }
  const fleet = await connect();
  for (const { template, name } of stack.groups) {
    const image = images[template] ?? "";
    if (state.images[template] === image) continue;
    await fleet.launch(name, image);
    console.log(`${template}: Modifications complete`);
  }
  const next: State = { serial: serial + 1, images, applied: true };
  writeFileSync(stack.stateFile, JSON.stringify(next));
}

/** Loads AWS's clients, which takes longer than all the rest that most commands do. */
async function connect(): Promise<Fleet> {
  const { Fleet } = await import("./terraform-fleet");
  return new Fleet(stack.region);
}

function readPlan(): Plan {
  return JSON.parse(readFileSync(file, "utf8")) as Plan;
}

function readState(): State {
  if (!existsSync(stack.stateFile)) return { serial: 0, images: {}, applied: false };
  return JSON.parse(readFileSync(stack.stateFile, "utf8")) as State;
}
