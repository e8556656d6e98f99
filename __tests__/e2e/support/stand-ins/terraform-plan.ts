import { basename, join } from "node:path";
import { SynthesizedStack } from "../../../../tools/local/terraform/synthesized";
import type { Value } from "../../../../tools/local/terraform/value";
import { folderOfStandIns } from "./calls";

/** Images by the addresses of launch templates. */
export type Images = Readonly<Record<string, string>>;

export interface State {
  /** Counts the changes: a plan fits one number only */
  readonly serial: number;
  readonly images: Images;
  readonly applied: boolean;
}

export interface Plan {
  readonly serial: number;
  readonly before: Images;
  readonly images: Images;
  /** Whether nothing of the stack exists yet */
  readonly first: boolean;
}

/** What the stand-in knows of the stack in its folder. */
export interface StackInFolder {
  readonly synthesized: SynthesizedStack;
  readonly region: string;
  readonly stateFile: string;
  /** Above the parameters of all images */
  readonly imagePath: string;
  readonly postconditions: readonly { readonly parameter: string; readonly message: string }[];
  readonly groups: readonly { readonly name: string; readonly template: string; readonly parameter: string }[];
}

/** Reads the stack of a folder `…/<environment>/stacks/<stack>`. */
export function readStack(folder: string): StackInFolder {
  const outdir = join(folder, "../..");
  const synthesized = SynthesizedStack.read(outdir, basename(folder));
  const groups = synthesized.ofType("aws_autoscaling_group").map((group) => {
    const [block] = group.blocks("launch_template");
    if (block === undefined) throw new Error(`${group.address} has no launch template`);
    const template = block.follow("id");
    return { name: group.string("name"), template: template.address, parameter: parameterIn(template.raw("image_id")) };
  });
  const [first] = groups;
  return {
    synthesized,
    region: synthesized.region,
    stateFile: join(folderOfStandIns(), `${basename(outdir)}.${basename(folder)}.tfstate`),
    imagePath: first === undefined ? "" : first.parameter.slice(0, first.parameter.lastIndexOf("/")),
    postconditions: postconditionsOf(synthesized),
    groups,
  };
}

/** What `terraform show -json` says of a plan, as far as it goes: addresses, actions, and the templates' images. */
export function planJson({ synthesized }: StackInFolder, { before, images, first }: Plan): unknown {
  const unchanged = Object.entries(images).every(([template, image]) => before[template] === image);
  const resources = synthesized.resources.map(({ type, name, address }) => ({ type, name, address, mode: "managed" }));
  return {
    format_version: "1.2",
    planned_values: {
      root_module: {
        resources: resources.map((resource) => ({
          ...resource,
          values: images[resource.address] === undefined ? {} : { image_id: images[resource.address] },
        })),
      },
    },
    resource_changes: resources.map((resource) => {
      const touched = ["aws_launch_template", "aws_autoscaling_group"].includes(resource.type) && !unchanged;
      return { ...resource, change: { actions: [first ? "create" : touched ? "update" : "no-op"] } };
    }),
    output_changes: first ? { url: { actions: ["create"] } } : {},
  };
}

export function planText({ groups }: StackInFolder, { before, images, first }: Plan): string {
  const lines = groups
    .filter(({ template }) => before[template] !== images[template])
    .map(({ template }) => {
      const image = `image_id = "${before[template] ?? ""}" -> "${images[template] ?? ""}"`;
      return `  # ${template} will be ${first ? "created" : "updated in-place"}\n    ~ ${image}`;
    });
  return lines.length === 0 ? "No changes. Your infrastructure matches the configuration." : lines.join("\n");
}

function postconditionsOf({ json }: SynthesizedStack): { parameter: string; message: string }[] {
  const data = json as { data?: { aws_ssm_parameters_by_path?: Record<string, DataSource> } };
  return Object.values(data.data?.aws_ssm_parameters_by_path ?? {}).flatMap(({ lifecycle }) =>
    (lifecycle?.postcondition ?? []).map(({ condition, error_message }) => ({
      parameter: parameterIn(condition),
      message: error_message,
    })),
  );
}

interface DataSource {
  readonly lifecycle?: { readonly postcondition?: readonly { condition: string; error_message: string }[] };
}

/** The parameter that an expression names. */
function parameterIn(expression: Value | undefined): string {
  const [, name] = /"(\/[^"]+)"/.exec(typeof expression === "string" ? expression : "") ?? [];
  if (name === undefined) throw new Error(`no parameter is named in ${JSON.stringify(expression)}`);
  return name;
}
