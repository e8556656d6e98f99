import { loadEnvironment } from "../../../environments";
import { awsClients } from "../aws/clients";
import type { Result } from "../command";
import type { Options } from "../commands/prune";
import { minute, table } from "../display/table";
import { EXIT } from "../errors";
import { remove, takeInventory } from "../prune/prune";

/** `npm run release -- prune` */
export async function pruneAction(options: Options): Promise<Result> {
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
}
