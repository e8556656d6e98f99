/** Hours that Data Lifecycle Manager offers (https://docs.aws.amazon.com/dlm/latest/APIReference/API_CreateRule.html). */
export const SNAPSHOT_HOURS = [1, 2, 3, 4, 6, 8, 12, 24] as const;
