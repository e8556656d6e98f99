import type { Resource, SynthesizedStack } from "../local/terraform/synthesized";
import { asString } from "../local/terraform/value";

/** A folder of a machine that is not on its root volume. */
export interface Mounted {
  readonly path: string;
  /** Terraform's address of what is mounted; undefined for a volume that the machine makes for itself */
  readonly source: string | undefined;
}

/** What a machine does at its boot, as far as it matters for what it survives. References are not evaluated. */
export interface BootFacts {
  readonly text: string;
  /** systemd unit that it starts */
  readonly unit: string | undefined;
  /** Seconds that it gives the service to answer */
  readonly timeout: number | undefined;
  readonly mounts: readonly Mounted[];
  /** Addresses (aws_eip.…) that it takes */
  readonly claims: readonly string[];
}

/** Reads the user data of an instance or launch template, which may stand among the stack's locals. */
export function bootFactsOf(stack: SynthesizedStack, machine: Resource): BootFacts {
  const text = userDataOf(stack, machine);
  const matches = (pattern: RegExp): RegExpMatchArray[] => [...text.matchAll(pattern)];
  const timeout = /^readonly TIMEOUT=(\d+)$/m.exec(text)?.[1];
  return {
    text,
    unit: /^systemctl enable --now (\S+)\.service$/m.exec(text)?.[1],
    timeout: timeout === undefined ? undefined : Number(timeout),
    mounts: [
      // As in /etc/fstab: what, where, of which type.
      ...matches(/\$\{(aws_efs_file_system\.[\w-]+)\.id\}\S* (\/\S+) efs /g).map(([, source, path = ""]) => ({
        source,
        path,
      })),
      // By modules/mount-volume.ts.
      ...matches(/^mount_volume (\S+) (\/\S+) /gm).map(([, volume = "", path = ""]) => ({
        source: /aws_ebs_volume\.[\w-]+(?=\.id)/.exec(volume)?.[0],
        path,
      })),
    ],
    claims: matches(/--allocation-id \$\{(aws_eip\.[\w-]+)\.\w+\}/g).map(([, address = ""]) => address),
  };
}

function userDataOf(stack: SynthesizedStack, machine: Resource): string {
  const raw = machine.raw("user_data") ?? machine.raw("user_data_base64");
  if (raw === undefined) return "";
  const text = asString(raw);
  const local = /local\.([\w-]+)/.exec(text)?.[1];
  const { locals } = stack.json;
  if (local === undefined || locals === null || typeof locals !== "object" || Array.isArray(locals)) return text;
  return asString(locals[local] ?? text);
}
