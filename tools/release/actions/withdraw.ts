import { loadEnvironment } from "../../../environments";
import { awsClients } from "../aws/clients";
import type { EnvironmentOption, Result } from "../command";
import { withdraw } from "../withdraw";

/** `npm run release -- withdraw` */
export async function withdrawAction(application: string, { env }: EnvironmentOption): Promise<Result> {
  const { published, restored = null, why } = await withdraw(awsClients(loadEnvironment(env).region), application, env);
  const what =
    restored === null ? `${published} stays published` : `${restored} is published again, after ${published}`;
  return {
    json: { app: application, environment: env, published, restored, why },
    text: `${application} ${env}: ${what} (${why})`,
  };
}
