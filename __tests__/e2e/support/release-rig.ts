import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Account } from "./release-account";
import { ReleaseGateway } from "./release-gateway";
import { ReleaseProject } from "./release-project";

/** Everything that releases need: an empty AWS account, a project, and a service behind the stack's URL. */
export class ReleaseRig {
  /** Images whose service does not answer */
  readonly broken = new Set<string>();

  private constructor(
    readonly gateway: ReleaseGateway,
    readonly account: Account,
    readonly project: ReleaseProject,
    readonly url: string,
    private readonly service: Server,
  ) {}

  static async start(): Promise<ReleaseRig> {
    const service = createServer();
    service.listen(0, "127.0.0.1");
    await once(service, "listening");
    const url = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
    const gateway = await ReleaseGateway.start();
    const account = new Account(gateway.endpoint, "111122223333");
    const project = await ReleaseProject.create({ endpoint: gateway.endpoint, account: account.id, url });
    const rig = new ReleaseRig(gateway, account, project, url, service);
    service.on("request", (_, response) => {
      void rig.isBroken().then((broken) => response.writeHead(broken ? 503 : 200).end());
    });
    return rig;
  }

  async stop(): Promise<void> {
    await this.gateway.stop();
    this.account.close();
    this.service.closeAllConnections();
    this.service.close();
    this.project.remove();
  }

  private async isBroken(): Promise<boolean> {
    return Object.values(await this.account.running()).some((image) => image !== undefined && this.broken.has(image));
  }
}
