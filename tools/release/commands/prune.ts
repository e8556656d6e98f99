import { Command, InvalidArgumentError } from "commander";
import { loadEnvironment } from "../../../environments";
import { awsClients } from "../aws/clients";
import { act, environmentOption, type EnvironmentOption } from "../command";
import { minute, table } from "../display/table";
import { EXIT } from "../errors";
import { remove, takeInventory } from "../prune/prune";

interface Options extends EnvironmentOption {
  readonly delete?: true;
  readonly keep: number;
  readonly olderThan: number;
}

export const pruneCommand = new Command("prune")
  .description(
    "Shows which images nothing needs any more, and with --delete removes them and their snapshots. Kept are images that a " +
      "launch template version in use, an instance or a published parameter refers to, the last values of each parameter, the " +
      "newest of each application, young ones, and all that were not baked here.",
  )
  .addOption(environmentOption("whose region and account to clean").makeOptionMandatory(false).default("dev"))
  .option("--delete", "delete; without it nothing is changed")
  .option("--keep <values>", "how many values of each parameter keep their images", atLeastOne, 5)
  .option("--older-than <days>", "keep what is younger", atLeastOne, 30)
  .option("--json", "print the result as JSON")
  .action(
    act(async (options: Options) => {
      const clients = awsClients(loadEnvironment(options.env).region);
      const settings = { lastValues: options.keep, olderThanDays: options.olderThan };
      const { images, orphans } = await takeInventory(clients, settings, new Date());
      const going = images.filter(({ keep }) => !keep).map(({ image }) => image);
      const failures = options.delete === true ? await remove(clients.ec2, going, orphans) : [];
      const snapshots = going.reduce((sum, image) => sum + image.snapshots.length, 0) + orphans.length;
      const verb = options.delete === true ? "deleted" : "would be deleted (--delete does it)";
      const others = images.filter(({ image }) => !image.managed).length;
      const rows = [
        ...(others > 0 ? [["keep", `${others} others`, "", "", "", "not baked here"]] : []),
        ...images
          .filter(({ image }) => image.managed)
          .map(({ image, keep, why }) => [
            keep ? "keep" : "delete",
            image.id,
            image.application ?? "",
            image.version ?? "",
            minute(image.createdAt),
            why,
          ]),
        ...orphans.map(({ id, createdAt }) => ["delete", id, "", "", minute(createdAt), "a snapshot of no image"]),
      ];
      const lines = [
        table(["", "id", "application", "version", "created (UTC)", "why"], rows),
        `${going.length} of ${images.length} images and ${snapshots} snapshots ${verb}`,
        ...failures.map(({ id, reason }) => `could not delete ${id}: ${reason}`),
      ];
      return {
        json: {
          deleted: options.delete === true,
          images: images.map(({ image: { id, application, version, createdAt, snapshots: ids }, keep, why }) => ({
            id,
            app: application ?? null,
            version: version ?? null,
            createdAt: createdAt.toISOString(),
            snapshots: ids,
            keep,
            why,
          })),
          orphanSnapshots: orphans.map(({ id, createdAt }) => ({ id, createdAt: createdAt.toISOString() })),
          failures,
        },
        text: lines.join("\n"),
        exitCode: failures.length > 0 ? EXIT.failed : EXIT.ok,
      };
    }),
  );

function atLeastOne(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError("It must be a whole number, at least 1.");
  return value;
}
