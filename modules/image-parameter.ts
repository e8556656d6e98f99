/** Path of the SSM parameters that name the released image of each application of an environment. */
export function imageParameterPath(environment: string): string {
  return `/steadfast/${environment}/images`;
}

/**
 * Tag of everything that a bake leaves in the account (images, snapshots) and of what it makes for a while (builder, volume).
 * Roles may touch, and the clean-up may delete, only what carries it.
 */
export const IMAGE_OWNER_TAG = { key: "ManagedBy", value: "steadfast" } as const;
