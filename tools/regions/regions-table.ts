import { table } from "../release/display/table";
import type { Region, Zone } from "./regions";

/** Regions and their zones for people: a line for each zone, or one that says why a region has none. */
export function regionsTable(regions: readonly Region[]): string {
  return table(
    ["region", "opt-in", "zone", "zone id", "type", "state"],
    regions.flatMap(({ name, optIn, zones, error }) => {
      if (error !== undefined) return [[name, optIn, "?", "?", "?", `error: ${error}`]];
      if (zones === undefined) return [[name, optIn, "-", "-", "-", "-"]];
      return zones.map((zone) => [name, optIn, zone.name, zone.id, zone.type.replace(/-zone$/, ""), stateOf(zone)]);
    }),
  );
}

/** A zone of a kind that has to be opted in to can be there and not be usable. */
function stateOf({ state, optIn }: Zone): string {
  return optIn === "not-opted-in" ? `${state}, not opted in` : state;
}
