import { loadEnvironment } from "../../../environments";
import { awsClients } from "../aws/clients";
import { ownImages } from "../aws/images";
import { publications } from "../aws/parameters";
import type { EnvironmentOption, Result } from "../command";
import { minute, table } from "../display/table";

/** `npm run release -- history` */
export async function historyAction(application: string, { env }: EnvironmentOption): Promise<Result> {
  const clients = awsClients(loadEnvironment(env).region);
  const entries = await publications(clients.ssm, env, application);
  const images = new Map((await ownImages(clients.ec2)).map((image) => [image.id, image]));
  const json = entries.map((entry, index) => ({
    number: entry.number,
    image: entry.image,
    version: images.get(entry.image)?.version ?? null,
    exists: images.has(entry.image),
    published: index === 0,
    healthy: entry.healthy,
    at: entry.at.toISOString(),
    by: entry.by,
    description: entry.description,
  }));
  const rows = json.map(({ number, image, version, exists, published, healthy, at, description }) => [
    `${number}`,
    minute(new Date(at)),
    image,
    exists ? (version ?? "") : "(deleted)",
    [published ? "published" : "", healthy ? "healthy" : ""].filter(Boolean).join(", "),
    description,
  ]);
  return { json, text: table(["#", "published (UTC)", "image", "version", "state", "what, who and why"], rows) };
}
