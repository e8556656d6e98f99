import { loadEnvironment } from "../../../environments";
import { APPLICATION_NAMES } from "../../build/applications";
import { awsClients } from "../aws/clients";
import { publishedImages } from "../aws/parameters";
import { currentContent, imageWith } from "../bake/bake";
import type { EnvironmentOption, Result } from "../command";
import { table } from "../display/table";

/** `npm run release -- changed` */
export async function changedAction({ env }: EnvironmentOption): Promise<Result> {
  const clients = awsClients(loadEnvironment(env).region);
  const published = await publishedImages(clients.ssm, env);
  const changed = [];
  for (const app of APPLICATION_NAMES) {
    const content = await currentContent(app, { clients });
    const image = content && (await imageWith(content, clients));
    if (image !== undefined && image.id === published.get(app)) continue;
    changed.push({
      app,
      version: image?.version ?? content?.version ?? null,
      image: image?.id ?? null,
      published: published.get(app) ?? null,
    });
  }
  const rows = changed.map(({ app, version, image, published: before }) => [
    app,
    version ?? "(no base layer yet)",
    image ?? "not baked",
    before ?? "nothing",
  ]);
  const text =
    changed.length === 0 ? "nothing has changed" : table(["application", "version", "image", "published"], rows);
  return { json: changed, text };
}
