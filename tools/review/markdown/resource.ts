import type { AttributeChange, OutputChange, ResourceChange, Shown } from "../plan/model";
import { code } from "./escape";

/** Characters of a value that are shown; the full text has the rest. */
const MAX_VALUE = 160;
/** Attributes of one resource that are shown. */
const MAX_ATTRIBUTES = 40;

/** A resource and what happens to its attributes, as an item of a list. */
export function resourceItem(resource: ResourceChange): string {
  const shown = attributesWorthReading(resource);
  const lines = shown.slice(0, MAX_ATTRIBUTES).map((attribute) => `  - ${attributeText(attribute)}`);
  if (shown.length > MAX_ATTRIBUTES) lines.push(`  - and ${shown.length - MAX_ATTRIBUTES} more`);
  return [`- ${headline(resource)}`, ...lines].join("\n");
}

/** An output and its values, as an item of a list. */
export function outputItem({ name, before, after }: OutputChange): string {
  return `- ${code(name)}: ${shown(before)} → ${shown(after)}`;
}

/** What happens to a resource, and why. */
export function headline(resource: ResourceChange): string {
  const { address, action, previousAddress, createdFirst, imported, reason, attributes } = resource;
  const forcing = attributes.filter(({ forcesReplacement }) => forcesReplacement).map(({ path }) => code(path));
  const remarks = [
    ...(previousAddress === undefined ? [] : [`was ${code(previousAddress)}`]),
    ...(imported === true && action !== "import" ? ["imported"] : []),
    ...(action === "replace" ? [createdFirst === true ? "new one first" : "**old one first**"] : []),
    ...(forcing.length > 0 ? [`because of ${forcing.join(", ")}`] : []),
    ...(reason === undefined ? [] : [reason]),
  ];
  return `**${action}** ${code(address)}${remarks.length === 0 ? "" : ` (${remarks.join("; ")})`}`;
}

function attributeText({ path, before, after, forcesReplacement }: AttributeChange): string {
  const place = path === "" ? "all of it" : code(path);
  const change = before.kind === "absent" ? shown(after) : `${shown(before)} → ${shown(after)}`;
  return `${place}: ${change}${forcesReplacement ? " **forces replacement**" : ""}`;
}

/** Of what is created nothing is known that AWS decides; and what the provider's default tags repeat is read once. */
function attributesWorthReading({ action, attributes }: ResourceChange): AttributeChange[] {
  const paths = new Set(attributes.map(({ path }) => path));
  return attributes.filter(({ path, after }) => {
    if (action === "create" && (after.kind === "unknown" || path.startsWith("tags_all"))) return false;
    return !(path.startsWith("tags_all") && paths.has(path.replace("tags_all", "tags")));
  });
}

function shown(side: Shown): string {
  switch (side.kind) {
    case "absent":
      return "_none_";
    case "unknown":
      return "_(known after apply)_";
    case "sensitive":
      return "_(sensitive value)_";
    case "value": {
      const text = JSON.stringify(side.value);
      if (text.length <= MAX_VALUE) return code(text);
      return `${code(`${text.slice(0, MAX_VALUE)}…`)} (${text.length} characters)`;
    }
  }
}
