export const GROUP_STATUSES = ['ACTIVE', 'DELETED'] as const
export type GroupStatus = (typeof GROUP_STATUSES)[number]

/** How deep groups may nest: it bounds the walk that finds cycles and the checks that a commit carries. */
export const MAX_GROUP_DEPTH = 32
