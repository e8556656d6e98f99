import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../../../../tools/local/fleet/free-port";
import { give } from "./account";
import { Machine, type MachineOptions } from "./machine";
import type { Rig } from "./rig";
import { Visitor } from "./visitor";

/** One WordPress: a database, a folder that its machines share (EFS's stand-in), and its machines. */
export class Site {
  readonly password = "correctHorse42";
  readonly machines: Machine[] = [];

  private constructor(
    readonly rig: Rig,
    /** Name of its database, and of its folder */
    readonly database: string,
    private readonly port: number,
  ) {}

  static async create(rig: Rig, name: string): Promise<Site> {
    const site = new Site(rig, name, await freePort());
    for (const folder of [site.folder, site.shared]) {
      mkdirSync(folder);
      give(folder);
    }
    await rig.database.create(name);
    return site;
  }

  get folder(): string {
    return join(this.rig.folder, this.database);
  }

  get shared(): string {
    return join(this.folder, "shared");
  }

  /** URL as people see it: the first machine's, as there is no load balancer. */
  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Adds a machine that does nothing yet. */
  async machine(options: MachineOptions = {}): Promise<Machine> {
    const number = this.machines.length + 1;
    const port = number === 1 ? { port: this.port } : {};
    const machine = await Machine.create(this, `machine-${number}`, { ...port, ...options });
    this.machines.push(machine);
    return machine;
  }

  /** Adds a machine that serves. */
  async server(options: MachineOptions = {}): Promise<Machine> {
    const machine = await this.machine(options);
    await machine.serve();
    return machine;
  }

  /** Somebody who has not been here before. */
  visitor(url = this.url): Visitor {
    return new Visitor(url);
  }

  /** Closes the machines' links. */
  close(): void {
    for (const machine of this.machines) machine.close();
  }
}
