/**
 * Asks the console for something.
 * @throws Error with the server's words when it refuses, or when it does not answer
 */
async function post(...path: string[]): Promise<void> {
  let response: Response;
  try {
    response = await fetch(`/${path.map(encodeURIComponent).join("/")}`, { method: "POST" });
  } catch {
    // fetch rejects for one reason only: no answer.
    throw new Error("the stack has stopped");
  }
  if (response.ok) return;
  const { detail } = (await response.json()) as { readonly detail: string };
  throw new Error(detail);
}

export async function killInstance(fleet: string, id: string): Promise<void> {
  await post("instances", fleet, id, "kill");
}

export async function takeZoneDown(zone: string): Promise<void> {
  await post("zones", zone, "down");
}

export async function bringZoneBack(zone: string): Promise<void> {
  await post("zones", zone, "up");
}

export function pictureUrl(bucket: string, key: string): string {
  return `/pictures/${encodeURIComponent(bucket)}/${encodeURIComponent(key)}`;
}
