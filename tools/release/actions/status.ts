import { ENVIRONMENT_NAMES } from "../../../environments";
import { awsClients } from "../aws/clients";
import { AwsGroups } from "../aws/groups";
import { ownImages } from "../aws/images";
import { publishedImages } from "../aws/parameters";
import type { Result } from "../command";
import type { Options } from "../commands/status";
import { table } from "../display/table";
import type { GroupState } from "../rollout/groups";
import type { StackFacts } from "../terraform/stack-facts";
import { synthesizeStack, synthesizeStacks } from "../terraform/synthesize";

/** One group, as it is and as it should be. */
interface Row {
  readonly environment: string;
  readonly stack: string;
  readonly group: string;
  readonly application: string | null;
  /** Image that is published for it, and the one that it launches */
  readonly published: string | null;
  readonly image: string | null;
  readonly version: string | null;
  readonly instances: { readonly desired: number; readonly ready: number; readonly old: number } | null;
  readonly refresh: { readonly status: string; readonly percentage: number; readonly reason: string | null } | null;
}

/** `npm run release -- status` */
export async function statusAction(name: string | undefined, { env }: Options): Promise<Result> {
  const rows: Row[] = [];
  for (const environment of env === undefined ? ENVIRONMENT_NAMES : [env]) {
    const stacks = name === undefined ? synthesizeStacks(environment) : [synthesizeStack(name, environment)];
    for (const stack of stacks) rows.push(...(await statusOf(stack)));
  }
  const text = table(
    ["environment", "stack", "group", "published", "runs", "version", "instances", "refresh"],
    rows.map((row) => [
      row.environment,
      row.stack,
      row.group,
      row.published ?? (row.application === null ? "-" : "nothing"),
      row.image ?? "not deployed",
      row.version ?? "",
      row.instances === null
        ? ""
        : `${row.instances.ready} of ${row.instances.desired}${row.instances.old > 0 ? `, ${row.instances.old} old` : ""}`,
      row.refresh === null ? "" : `${row.refresh.status} ${row.refresh.percentage} %`,
    ]),
  );
  return { json: rows, text };
}

async function statusOf(stack: StackFacts): Promise<Row[]> {
  const { name, environment, region, groups } = stack;
  const clients = awsClients(region);
  const [published, states, images] = await Promise.all([
    publishedImages(clients.ssm, environment),
    new AwsGroups(
      clients,
      groups.map((group) => group.name),
    ).describe(),
    ownImages(clients.ec2),
  ]);
  return groups.map(({ name: group, application }) => {
    const state = states.find((candidate) => candidate.name === group);
    const image = state?.image ?? null;
    return {
      environment,
      stack: name,
      group,
      application: application ?? null,
      published: (application === undefined ? undefined : published.get(application)) ?? null,
      image,
      version: images.find(({ id }) => id === image)?.version ?? null,
      ...countsOf(state),
    };
  });
}

function countsOf(state: GroupState | undefined): Pick<Row, "instances" | "refresh"> {
  if (!state) return { instances: null, refresh: null };
  const { desired, instances, refresh } = state;
  return {
    instances: {
      desired,
      ready: instances.filter(({ ready, current }) => ready && current).length,
      old: instances.filter(({ current }) => !current).length,
    },
    refresh: refresh
      ? { status: refresh.status, percentage: refresh.percentage, reason: refresh.reason ?? null }
      : null,
  };
}
