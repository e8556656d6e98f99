import { mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { give } from "./account";
import { run } from "./daemon";
import { program } from "./programs";

/** The files of a server's certificate. */
export interface Certificate {
  readonly key: string;
  readonly certificate: string;
}

/** A certificate authority of its own. */
export class Authority {
  private constructor(private readonly folder: string) {}

  /** @param folder that is made for its files */
  static async create(folder: string): Promise<Authority> {
    mkdirSync(folder);
    give(folder);
    const subject = ["-subj", `/CN=Authority ${basename(folder)}`, "-days", "2"];
    const authority = new Authority(folder);
    const files = ["-keyout", join(folder, "authority.key"), "-out", authority.file];
    await run([program("openssl"), "req", "-x509", ...KEY, ...subject, ...files]);
    return authority;
  }

  /** Its own certificate, which a client trusts */
  get file(): string {
    return join(this.folder, "authority.pem");
  }

  /** @param names for which the server may speak, such as `IP:127.0.0.1` or `DNS:database.example` */
  async issue(name: string, names: string): Promise<Certificate> {
    const at = (extension: string): string => join(this.folder, `${name}.${extension}`);
    writeFileSync(at("names"), `subjectAltName=${names}\n`);
    const request = ["-subj", `/CN=${name}`, "-keyout", at("key"), "-out", at("request")];
    await run([program("openssl"), "req", "-new", ...KEY, ...request]);
    const signer = ["-CA", this.file, "-CAkey", join(this.folder, "authority.key"), "-CAcreateserial", "-days", "2"];
    const files = ["-in", at("request"), "-extfile", at("names"), "-out", at("pem")];
    await run([program("openssl"), "x509", "-req", ...signer, ...files]);
    return { key: at("key"), certificate: at("pem") };
  }
}

/** A key that is made fast. */
const KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
